// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/// The ISA version of PTX code, NVIDIA's portable assembly. A driver compiles PTX up to the version
/// of its CUDA and refuses newer PTX with error 222.
public record PtxIsa(int major, int minor) {
  /// CUDA 13.x has PTX ISA 9.x (release notes of the PTX ISA).
  private static final int ISA_OF_CUDA_13 = 9;

  private static final int CUDA_13 = 13000;

  // A fat binary (fatbinary_section.h): magic, version, size of the header, size of what follows.
  // Then
  // its entries, each with a header of: kind at 0, size of the header at 4, ISA at 24 and 26, the
  // architecture at 28.
  private static final int MAGIC = 0xBA55ED50;
  private static final int BINARY_HEADER = 16;
  private static final int ENTRY_HEADER = 32;
  private static final int LARGEST_ENTRY_HEADER = 256;
  private static final int KIND_PTX = 1;
  private static final long SEARCHED_BYTES = 256L << 20;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// The version of the first PTX in a file with fat binaries, such as a library of TensorRT's
  /// builder; empty if none is found.
  public static Optional<PtxIsa> read(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file);
        Arena arena = Arena.ofConfined()) {
      return find(
          channel.map(MapMode.READ_ONLY, 0, Math.min(channel.size(), SEARCHED_BYTES), arena));
    }
  }

  static Optional<PtxIsa> find(MemorySegment bytes) {
    long last = bytes.byteSize() - BINARY_HEADER - ENTRY_HEADER;
    // Fat binaries lie at multiples of 4 bytes.
    for (long at = 0; at <= last; at += Integer.BYTES) {
      if (bytes.get(INT, at) == MAGIC && bytes.get(SHORT, at + 6) == BINARY_HEADER) {
        Optional<PtxIsa> found = entry(bytes, at + BINARY_HEADER);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<PtxIsa> entry(MemorySegment bytes, long at) {
    int header = bytes.get(INT, at + 4);
    int minor = bytes.get(SHORT, at + 24);
    int major = bytes.get(SHORT, at + 26);
    boolean plausible =
        bytes.get(SHORT, at) == KIND_PTX
            && header >= ENTRY_HEADER
            && header <= LARGEST_ENTRY_HEADER
            && major > 0
            && minor >= 0;
    return plausible ? Optional.of(new PtxIsa(major, minor)) : Optional.empty();
  }

  /// The CUDA that a driver must support, as `1000 * major + 10 * minor`, from 13.0 on: any driver
  /// for CUDA 13 accepts older ISAs. Empty if unknown.
  public OptionalInt neededCuda() {
    if (major < ISA_OF_CUDA_13) {
      return OptionalInt.of(CUDA_13);
    }
    return major == ISA_OF_CUDA_13 ? OptionalInt.of(CUDA_13 + 10 * minor) : OptionalInt.empty();
  }

  @Override
  public String toString() {
    return "PTX ISA " + major + "." + minor;
  }
}
