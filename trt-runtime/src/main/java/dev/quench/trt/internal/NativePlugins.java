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
import org.bytedeco.tensorrt.global.nvinfer_plugin;
import org.bytedeco.tensorrt.nvinfer.IPluginRegistry;

/// Loads libraries of plug-ins into TensorRT's registry of the process, each once and for good:
/// engines that use them may live as long as the process.
public final class NativePlugins {
  private static final ReentrantLock LOCK = new ReentrantLock();
  private static final System.Logger LOGGER = System.getLogger("dev.quench.trt");
  private static final Set<Path> LOADED = new HashSet<>();
  private static boolean standard;

  private NativePlugins() {}

  /// The first call also registers the plug-ins that come with TensorRT.
  ///
  /// @param libraries code that runs with the rights of this process
  /// @throws dev.quench.trt.TensorRtException if a library cannot be loaded
  public static void load(List<Path> libraries) {
    LOCK.lock();
    try {
      registerStandard();
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

  /// Few models need them, and an installation may lack them; models that need them then fail with
  /// the name of the missing plug-in.
  private static void registerStandard() {
    if (standard) {
      return;
    }
    standard = true;
    try {
      if (!nvinfer_plugin.initLibNvInferPlugins(ProcessLogger.INSTANCE, "")) {
        LOGGER.log(System.Logger.Level.DEBUG, "TensorRT's plug-ins cannot be registered");
      }
    } catch (LinkageError e) {
      LOGGER.log(System.Logger.Level.DEBUG, "TensorRT's plug-ins cannot be loaded: " + e);
    }
  }
}
