// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.quench.graph.Model;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/// Stands for a backend that builds engines on a GPU: it builds one for each kind of GPU that CUDA
/// would see, keeps it in a folder, and computes on ONNX Runtime.
///
/// Its folder then holds `GPU.engine` for each kind, a line in `builds` for each build, and
/// `process-ADDRESS` for each process. Where the folder of the system property [#SETTINGS] holds
/// `processes`, a process waits until so many have come, so that all would build at the same time;
/// where it holds `mixed`, each GPU is of another kind.
public final class EngineStandIn implements Backend {
  static final String NAME = "engines";
  static final String SETTINGS = "quench.test.settings";

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Optional<Path> folder;

  public EngineStandIn() {
    this(Optional.empty());
  }

  private EngineStandIn(Optional<Path> folder) {
    this.folder = folder;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Availability availability() {
    return new Availability.Available("engines on " + gpu());
  }

  @Override
  public Backend cachedIn(Path engines) {
    return new EngineStandIn(Optional.of(engines));
  }

  @Override
  public boolean usesGpu() {
    return true;
  }

  @Override
  public Session open(Model model, SessionOptions options) {
    if (folder.isPresent()) {
      try {
        obtain(folder.get());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new OnnxRuntimeBackend().open(model, options);
  }

  private static void obtain(Path folder) throws IOException {
    Files.writeString(folder.resolve("process-" + visible()), "");
    awaitOthers(folder);
    try (FileChannel channel = FileChannel.open(folder.resolve("lock"), CREATE, WRITE);
        FileLock _ = channel.lock()) {
      Path engine = folder.resolve(gpu() + ".engine");
      if (!Files.exists(engine)) {
        Files.writeString(folder.resolve("builds"), gpu() + "\n", CREATE, APPEND);
        Files.writeString(engine, "built for " + gpu());
      }
    }
  }

  private static void awaitOthers(Path folder) throws IOException {
    Path expected = settings().resolve("processes");
    if (!Files.exists(expected)) {
      return;
    }
    int processes = Integer.parseInt(Files.readString(expected));
    Instant end = Instant.now().plus(PATIENCE);
    while (processes(folder) < processes) {
      if (Instant.now().isAfter(end)) {
        throw new BackendException("other processes did not come; try again");
      }
      Thread.onSpinWait();
    }
  }

  private static long processes(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith("process-")).count();
    }
  }

  private static String gpu() {
    return Files.exists(settings().resolve("mixed")) ? "GPU " + visible() : "GPU";
  }

  private static Path settings() {
    return Path.of(System.getProperty(SETTINGS, "."));
  }

  /// What CUDA would read: Java keeps a copy of the environment as it was at its start.
  @SuppressWarnings("restricted")
  private static String visible() {
    Linker linker = Linker.nativeLinker();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value =
          (MemorySegment)
              linker
                  .downcallHandle(
                      linker.defaultLookup().findOrThrow("getenv"),
                      FunctionDescriptor.of(ADDRESS, ADDRESS))
                  .invokeExact(arena.allocateFrom("CUDA_VISIBLE_DEVICES"));
      return value.address() == 0 ? "none" : value.reinterpret(Long.MAX_VALUE).getString(0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a native call cannot throw", e);
    }
  }
}
