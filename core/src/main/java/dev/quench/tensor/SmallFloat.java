// SPDX-License-Identifier: Apache-2.0
package dev.quench.tensor;

/// Decodes the 8-bit and 4-bit floating-point formats of ONNX.
///
/// Source: Micikevicius et al., "FP8 Formats for Deep Learning", 2022 (E4M3, E5M2); ONNX "float8"
/// notes (the FNUZ forms, whose only NaN is the pattern of negative zero); OCP Microscaling Formats
/// 1.0 (E8M0, E2M1).
final class SmallFloat {
  private SmallFloat() {}

  static double decode(DataType type, int bits) {
    return switch (type) {
      case FLOAT8E4M3FN -> (bits & 0x7F) == 0x7F ? Double.NaN : finite(bits, 8, 3, 7);
      case FLOAT8E4M3FNUZ -> bits == 0x80 ? Double.NaN : finite(bits, 8, 3, 8);
      case FLOAT8E5M2FNUZ -> bits == 0x80 ? Double.NaN : finite(bits, 8, 2, 16);
      case FLOAT8E5M2 -> {
        if ((bits & 0x7C) != 0x7C) {
          yield finite(bits, 8, 2, 15);
        }
        double infinity = bits >= 0x80 ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        yield (bits & 3) == 0 ? infinity : Double.NaN;
      }
      case FLOAT8E8M0 -> bits == 0xFF ? Double.NaN : Math.scalb(1.0, bits - 127);
      case FLOAT4E2M1 -> finite(bits, 4, 1, 1);
      default -> throw new IllegalArgumentException(type + " is not a small float");
    };
  }

  private static double finite(int bits, int width, int mantissaBits, int bias) {
    int sign = (bits >>> (width - 1)) & 1;
    int mantissa = bits & ((1 << mantissaBits) - 1);
    int exponent = (bits >>> mantissaBits) & ((1 << (width - 1 - mantissaBits)) - 1);
    double magnitude =
        exponent == 0
            ? Math.scalb((double) mantissa, 1 - bias - mantissaBits)
            : Math.scalb((double) (mantissa | (1 << mantissaBits)), exponent - bias - mantissaBits);
    return sign == 0 ? magnitude : -magnitude;
  }
}
