// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.IPluginRegistry;

/// Loads libraries of plug-ins into TensorRT's registry of the process, each once and for good:
/// engines that use them may live as long as the process.
public final class NativePlugins {
  private static final ReentrantLock LOCK = new ReentrantLock();
  private static final Set<Path> LOADED = new HashSet<>();

  private NativePlugins() {}

  /// @param libraries code that runs with the rights of this process
  /// @throws dev.quench.trt.TensorRtException if a library cannot be loaded
  public static void load(List<Path> libraries) {
    LOCK.lock();
    try {
      for (Path library : libraries) {
        Path real = library.toRealPath();
        if (LOADED.contains(real)) {
          continue;
        }
        long mark = ProcessLogger.LOG.mark();
        IPluginRegistry registry = nvinfer.getPluginRegistry();
        Failures.requireCreated(registry, "getPluginRegistry", mark);
        Failures.requireCreated(
            registry.loadLibrary(real.toString()), "loading plug-in library " + library, mark);
        LOADED.add(real);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read a plug-in library: " + e.getMessage(), e);
    } finally {
      LOCK.unlock();
    }
  }
}
