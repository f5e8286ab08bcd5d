// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

import dev.quench.io.NativeLibraries;
import dev.quench.run.Availability;
import dev.quench.run.BackendException;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/// Loads libtorch once and prepares the process for training.
///
/// By default glibc returns each large block to the kernel on free, so that every step causes new
/// page faults; this class raises the thresholds of malloc before the first tensor exists. It also
/// turns off JavaCPP's guard, which counts the memory of the whole process against the Java heap.
/// Thread-safe.
public final class LibTorch {
  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_TOP_PAD = -2;
  private static final int M_MMAP_THRESHOLD = -3;

  private LibTorch() {}

  /// Initialized on first use.
  private static final class Loaded {
    static final Availability AVAILABILITY = load();

    private Loaded() {}

    private static Availability load() {
      NativeLibraries.useCheckedFolder();
      setIfAbsent("org.bytedeco.javacpp.nopointergc", "true");
      setIfAbsent("org.bytedeco.javacpp.maxphysicalbytes", "0");
      setIfAbsent("org.bytedeco.javacpp.maxbytes", "0");
      keepFreedMemory();
      try {
        torch.initLogging(); // libtorch reads TORCH_CPP_LOG_LEVEL only when asked to
        return new Availability.Available("libtorch, " + torch.get_num_threads() + " threads");
      } catch (LinkageError e) {
        return new Availability.Unavailable(
            "cannot load libtorch: " + e.getMessage(),
            "put org.bytedeco:pytorch and its jar for this platform on the class path");
      }
    }

    private static void setIfAbsent(String property, String value) {
      if (System.getProperty(property) == null) {
        System.setProperty(property, value);
      }
    }
  }

  /// Whether this process can train; loads libtorch.
  public static Availability availability() {
    return Loaded.AVAILABILITY;
  }

  /// @throws BackendException if libtorch is not available, with a message of one line
  public static void require() {
    if (availability() instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new BackendException(reason + "; " + remedy);
    }
  }

  /// @throws BackendException if libtorch is not available or cannot compute on the device, with a
  ///   message of one line
  public static void require(Device device) {
    require();
    if (device.isCpu()) {
      return;
    }
    if (!torch.cuda_is_available()) {
      throw new BackendException(
          "device "
              + device.name()
              + ": this libtorch finds no CUDA; put its GPU build, org.bytedeco:pytorch with the classifier linux-x86_64-gpu, on the class path of a machine with an NVIDIA GPU, or use the device cpu");
    }
    int colon = device.name().indexOf(':');
    int index = colon < 0 ? 0 : Integer.parseInt(device.name().substring(colon + 1));
    int count = torch.cuda_device_count();
    if (index >= count) {
      throw new BackendException(
          "device %s: this machine has %d GPUs, cuda:0 to cuda:%d"
              .formatted(device.name(), count, count - 1));
    }
  }

  /// @throws BackendException if convolutions of bfloat16 would take a hundred times as long on the
  ///   processor, with a message of one line
  public static void require(Compute compute, Device device) {
    if (compute == Compute.BF16 && device.isCpu() && !hasBfloat16Convolutions()) {
      throw new BackendException(
          "bf16 needs a processor with AVX-512, and no ONEDNN_MAX_CPU_ISA below it; without, a step takes a hundred times as long; use fp32");
    }
  }

  private static boolean hasBfloat16Convolutions() {
    Path description = Path.of("/proc/cpuinfo");
    String limit = System.getenv("ONEDNN_MAX_CPU_ISA");
    if (limit != null && !limit.startsWith("AVX512") && !limit.startsWith("AVX10")) {
      return limit.equals("DEFAULT") || limit.equals("ALL");
    }
    try (var lines = Files.lines(description)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .allMatch(line -> line.contains(" avx512bw"));
    } catch (IOException e) {
      return true; // not Linux: unknown
    }
  }

  /// Whether the processor multiplies bfloat16 in hardware, which makes [Compute#BF16] faster.
  public static boolean hasFastBfloat16() {
    if (!hasBfloat16Convolutions()) {
      return false;
    }
    Path description = Path.of("/proc/cpuinfo");
    try (var lines = Files.lines(description)) {
      return lines.anyMatch(line -> line.startsWith("flags") && line.contains(" avx512_bf16"));
    } catch (IOException e) {
      return false; // not Linux: assume no support, which is slower but safe
    }
  }

  /// The version of libtorch and of its Java binding, `2.10.0-1.5.13`; `unknown` where the binding
  /// does not tell.
  public static String version() {
    try {
      return Objects.requireNonNullElse(Loader.getVersion("org.bytedeco", "pytorch"), "unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  /// Sets the number of threads per operation for the whole process, those of OpenBLAS too, which
  /// multiplies matrices in FP32: libtorch leaves it at one thread per core.
  public static void setThreads(int threads) {
    torch.set_num_threads(threads);
    Loader.load(org.bytedeco.openblas.global.openblas_nolapack.class);
    openblas_nolapack.blas_set_num_threads(threads);
  }

  @SuppressWarnings("restricted") // documented: needs --enable-native-access
  private static void keepFreedMemory() {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> mallopt = linker.defaultLookup().find("mallopt");
    if (mallopt.isEmpty()) {
      return; // not glibc: only slower
    }
    MethodHandle handle =
        linker.downcallHandle(
            mallopt.get(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try {
      int _ = (int) handle.invokeExact(M_MMAP_THRESHOLD, 2_000_000_000);
      int _ = (int) handle.invokeExact(M_TRIM_THRESHOLD, 2_000_000_000);
      int _ = (int) handle.invokeExact(M_TOP_PAD, 64 << 20);
    } catch (Throwable e) {
      throw new IllegalStateException("cannot call mallopt", e);
    }
  }
}
