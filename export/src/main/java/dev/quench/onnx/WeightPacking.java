// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.digest.Sha256;
import dev.quench.graph.ModelFormatException;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;

/// The two packed forms of FLOAT weights.
///
/// Both consist of bit planes in row-major order, least significant bit first, each padded with
/// zero bits to whole bytes. [#BINARY] has one plane: 1 is -1.0, 0 is +1.0. [#TERNARY] has two: the
/// first is 1 for -1.0; the second is 1 for -1.0 and +1.0, 0 for +0.0.
enum WeightPacking {
  BINARY("UnpackBinary", 1),
  TERNARY("UnpackTernary", 2);

  /// Weights above this size stay in the file as they are.
  static final long MAX_FLOAT_BYTES = Integer.MAX_VALUE - 64;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int PLUS_ONE = Float.floatToRawIntBits(1f);
  private static final int MINUS_ONE = Float.floatToRawIntBits(-1f);
  private static final int PLUS_ZERO = 0;

  private final String opType;
  private final int planes;

  WeightPacking(String opType, int planes) {
    this.opType = opType;
    this.planes = planes;
  }

  String opType() {
    return opType;
  }

  static Optional<WeightPacking> of(String opType) {
    for (WeightPacking packing : values()) {
      if (packing.opType.equals(opType)) {
        return Optional.of(packing);
      }
    }
    return Optional.empty();
  }

  /// The densest form that holds `tensor` exactly; empty if none does, as for any -0.0.
  static Optional<WeightPacking> fitting(Tensor tensor) {
    if (tensor.dataType() != DataType.FLOAT || tensor.byteSize() > MAX_FLOAT_BYTES) {
      return Optional.empty();
    }
    boolean zeros = false;
    MemorySegment bytes = tensor.bytes();
    for (long i = 0; i < tensor.elements(); i++) {
      int bits = bytes.get(INT, i * 4);
      zeros |= bits == PLUS_ZERO;
      if (bits != PLUS_ONE && bits != MINUS_ONE && bits != PLUS_ZERO) {
        return Optional.empty();
      }
    }
    return Optional.of(zeros ? TERNARY : BINARY);
  }

  long packedBytes(long elements) {
    return planes * planeBytes(elements);
  }

  private static long planeBytes(long elements) {
    return Math.ceilDiv(elements, 8L);
  }

  /// @param tensor that this form fits
  byte[] pack(Tensor tensor) {
    MemorySegment bytes = tensor.bytes();
    int plane = Math.toIntExact(planeBytes(tensor.elements()));
    byte[] packed = new byte[planes * plane];
    for (int i = 0; i < tensor.elements(); i++) {
      int bits = bytes.get(INT, i * 4L);
      int bit = 1 << (i & 7);
      if (bits == MINUS_ONE) {
        packed[i >> 3] |= (byte) bit;
      }
      if (this == TERNARY && bits != PLUS_ZERO) {
        packed[plane + (i >> 3)] |= (byte) bit;
      }
    }
    return packed;
  }

  /// @param packed of the right size for `shape`
  /// @throws ModelFormatException if a pad bit is set, or a zero is negative
  Tensor unpack(byte[] packed, Shape shape) {
    int elements = Math.toIntExact(shape.elements());
    int plane = Math.toIntExact(planeBytes(elements));
    MemorySegment floats = MemorySegment.ofArray(new byte[Math.multiplyExact(elements, 4)]);
    for (int i = 0; i < elements; i++) {
      int shift = i & 7;
      boolean negative = ((packed[i >> 3] >> shift) & 1) != 0;
      boolean zero = this == TERNARY && ((packed[plane + (i >> 3)] >> shift) & 1) == 0;
      if (zero && negative) {
        throw new ModelFormatException(
            "weight %d is both zero and negative; the packed data are damaged".formatted(i));
      }
      floats.set(INT, i * 4L, zero ? PLUS_ZERO : negative ? MINUS_ONE : PLUS_ONE);
    }
    requireZeroPadding(packed, plane, elements);
    return Tensor.of(DataType.FLOAT, shape, floats);
  }

  private void requireZeroPadding(byte[] packed, int plane, int elements) {
    int used = elements & 7;
    for (int i = 1; used != 0 && i <= planes; i++) {
      if ((Byte.toUnsignedInt(packed[i * plane - 1]) >> used) != 0) {
        throw new ModelFormatException(
            "bits after the last weight are set, expected 0; the packed data are damaged");
      }
    }
  }

  /// SHA-256, in lower-case hexadecimal, of form, version, shape and packed bytes.
  String checksum(long version, Shape shape, byte[] packed) {
    MessageDigest sha = Sha256.digest();
    sha.update(opType.getBytes(StandardCharsets.US_ASCII));
    ByteBuffer numbers = ByteBuffer.allocate(8 * (2 + shape.rank())).order(ByteOrder.LITTLE_ENDIAN);
    numbers.putLong(version).putLong(shape.rank());
    for (long size : shape.sizes()) {
      numbers.putLong(size);
    }
    sha.update(numbers.flip());
    return HexFormat.of().formatHex(sha.digest(packed));
  }
}
