// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Keeps libtorch's convolutions from using instructions with which they corrupt memory.
///
/// On AMD processors of family 26 (Zen 5) oneDNN's AVX-512 kernels for the gradient of a
/// convolution's weights write beyond their buffer: glibc stops the process with "double free or
/// corruption". Seen with libtorch 2.10; its AVX2 kernels are correct. oneDNN reads its limit from
/// the environment when it creates its first kernel, so the limit must be set before.
public final class InstructionSetLimit {
  /// The variable that oneDNN reads.
  static final String VARIABLE = "ONEDNN_MAX_CPU_ISA";

  private static final String SAFE = "AVX2";
  private static final int FIRST_FAMILY = 26;

  private InstructionSetLimit() {}

  /// The value that the variable needs on this machine; empty if the user has set it or the
  /// processor is unaffected.
  static Optional<String> needed() {
    return System.getenv(VARIABLE) != null ? Optional.empty() : needed(processor());
  }

  /// @param processor the lines of `/proc/cpuinfo`
  public static Optional<String> needed(List<String> processor) {
    boolean amd =
        processor.stream().anyMatch(line -> line.matches("vendor_id\\s*:\\s*AuthenticAMD"));
    boolean wide = processor.stream().anyMatch(line -> line.matches("flags\\s*:.* avx512f\\b.*"));
    boolean recent = processor.stream().anyMatch(InstructionSetLimit::isAffectedFamily);
    return amd && wide && recent ? Optional.of(SAFE) : Optional.empty();
  }

  private static boolean isAffectedFamily(String line) {
    return line.matches("cpu family\\s*:\\s*\\d{1,4}")
        && Integer.parseInt(line.substring(line.indexOf(':') + 1).strip()) >= FIRST_FAMILY;
  }

  private static List<String> processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo"));
    } catch (IOException e) {
      return List.of(); // not Linux: no known problem
    }
  }

  /// Sets the variable in this process if needed; call it before libtorch is loaded.
  @SuppressWarnings("restricted") // documented: needs --enable-native-access
  static void apply() {
    Optional<String> limit = needed();
    if (limit.isEmpty()) {
      return;
    }
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> setenv = linker.defaultLookup().find("setenv");
    if (setenv.isEmpty()) {
      return;
    }
    var signature =
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    try (Arena arena = Arena.ofConfined()) {
      int result =
          (int)
              linker
                  .downcallHandle(setenv.get(), signature)
                  .invokeExact(arena.allocateFrom(VARIABLE), arena.allocateFrom(limit.get()), 0);
      if (result != 0) {
        throw new IllegalStateException("setenv " + VARIABLE + " failed");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("cannot call setenv", e);
    }
  }
}
