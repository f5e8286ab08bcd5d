// SPDX-License-Identifier: Apache-2.0
package dev.quench.tensor;

import java.util.Optional;

/// Element types of ONNX IR version 11, with their wire code (`TensorProto.DataType`) and width in
/// bits.
///
/// Widths below 8 are packed: element `2i` sits in the low nibble of byte `i`, as ONNX stores INT4.
public enum DataType {
  FLOAT(1, 32, Kind.FLOATING),
  UINT8(2, 8, Kind.INTEGER),
  INT8(3, 8, Kind.INTEGER),
  UINT16(4, 16, Kind.INTEGER),
  INT16(5, 16, Kind.INTEGER),
  INT32(6, 32, Kind.INTEGER),
  INT64(7, 64, Kind.INTEGER),
  STRING(8, 0, Kind.OTHER),
  BOOL(9, 8, Kind.OTHER),
  FLOAT16(10, 16, Kind.FLOATING),
  DOUBLE(11, 64, Kind.FLOATING),
  UINT32(12, 32, Kind.INTEGER),
  UINT64(13, 64, Kind.INTEGER),
  COMPLEX64(14, 64, Kind.OTHER),
  COMPLEX128(15, 128, Kind.OTHER),
  BFLOAT16(16, 16, Kind.FLOATING),
  FLOAT8E4M3FN(17, 8, Kind.FLOATING),
  FLOAT8E4M3FNUZ(18, 8, Kind.FLOATING),
  FLOAT8E5M2(19, 8, Kind.FLOATING),
  FLOAT8E5M2FNUZ(20, 8, Kind.FLOATING),
  UINT4(21, 4, Kind.INTEGER),
  INT4(22, 4, Kind.INTEGER),
  FLOAT4E2M1(23, 4, Kind.FLOATING),
  FLOAT8E8M0(24, 8, Kind.FLOATING);

  private enum Kind {
    FLOATING,
    INTEGER,
    OTHER
  }

  private final int onnxCode;
  private final int bits;
  private final Kind kind;

  DataType(int onnxCode, int bits, Kind kind) {
    this.onnxCode = onnxCode;
    this.bits = bits;
    this.kind = kind;
  }

  /// The value of `TensorProto.DataType`.
  public int onnxCode() {
    return onnxCode;
  }

  /// Width of one element in bits; 0 for [#STRING].
  public int bits() {
    return bits;
  }

  public boolean isFloating() {
    return kind == Kind.FLOATING;
  }

  public boolean isInteger() {
    return kind == Kind.INTEGER;
  }

  /// Bytes that `elements` packed elements occupy, rounded up to a whole byte.
  ///
  /// @throws ArithmeticException if the size does not fit a `long`
  public long byteSize(long elements) {
    return Math.ceilDiv(Math.multiplyExact(elements, (long) bits), 8L);
  }

  /// Finds the type of an ONNX code; empty for 0 (undefined) and codes newer than IR version 11.
  public static Optional<DataType> fromOnnxCode(int code) {
    for (DataType type : values()) {
      if (type.onnxCode == code) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
