// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.Printable;
import dev.quench.cli.output.CommandException;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Inputs that hold one number for every call: `sr=16000`.
public final class InputValues {
  private static final long MAX_BYTES = 1 << 24;

  private InputValues() {}

  /// A tensor of each input's type and shape with that number everywhere.
  ///
  /// @param given number by input name
  /// @throws CommandException if the model lacks the input, its shape is free or the number is not
  ///   of its type
  public static Map<String, Tensor> of(List<TensorSpec> inputs, Map<String, String> given) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    given.forEach(
        (name, text) -> values.put(name, filled(InputFit.named("--value", inputs, name), text)));
    return values;
  }

  private static Tensor filled(TensorSpec input, String text) {
    DataType type = input.dataType();
    if (!input.shape().isStatic()
        || type.byteSize(input.shape().elements()) > MAX_BYTES
        || type.bits() < 8
        || type.bits() > 64) {
      throw new CommandException(
          "--value fills an input of fixed shape and of numbers, but the model takes %s; give an array"
              .formatted(input));
    }
    byte[] element = element(input, text);
    byte[] all = new byte[Math.toIntExact(type.byteSize(input.shape().elements()))];
    for (int i = 0; i < all.length; i++) {
      all[i] = element[i % element.length];
    }
    return Tensor.of(type, input.shape(), MemorySegment.ofArray(all));
  }

  private static byte[] element(TensorSpec input, String text) {
    int bits = input.dataType().bits();
    byte[] wide = new byte[Long.BYTES];
    MemorySegment.ofArray(wide)
        .set(
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
            0,
            number(input, text));
    byte[] element = new byte[bits / Byte.SIZE];
    System.arraycopy(wide, 0, element, 0, element.length);
    return element;
  }

  /// The bits of the number, in the lower ones.
  private static long number(TensorSpec input, String text) {
    try {
      return switch (input.dataType()) {
        case FLOAT -> Float.floatToRawIntBits(finite(Float.parseFloat(text)));
        case DOUBLE -> Double.doubleToRawLongBits(finite(Double.parseDouble(text)));
        case FLOAT16 -> {
          short half = Float.floatToFloat16(Float.parseFloat(text));
          finite(Float.float16ToFloat(half));
          yield half;
        }
        case BFLOAT16 -> Float.floatToRawIntBits(finite(Float.parseFloat(text))) >>> 16;
        case BOOL -> bounded(text.equals("true") ? "1" : text.equals("false") ? "0" : text, 0, 1);
        case INT8 -> bounded(text, Byte.MIN_VALUE, Byte.MAX_VALUE);
        case UINT8 -> bounded(text, 0, 0xFF);
        case INT16 -> bounded(text, Short.MIN_VALUE, Short.MAX_VALUE);
        case UINT16 -> bounded(text, 0, 0xFFFF);
        case INT32 -> bounded(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
        case UINT32 -> bounded(text, 0, 0xFFFF_FFFFL);
        case INT64 -> bounded(text, Long.MIN_VALUE, Long.MAX_VALUE);
        case UINT64 -> bounded(text, 0, Long.MAX_VALUE);
        default -> throw new NumberFormatException();
      };
    } catch (ArithmeticException | NumberFormatException e) {
      throw new CommandException(
          "--value %s=%s: expected a number that %s can hold"
              .formatted(input.name(), Printable.escape(text), input.dataType()),
          e);
    }
  }

  private static float finite(float value) {
    if (!Float.isFinite(value)) {
      throw new NumberFormatException();
    }
    return value;
  }

  private static double finite(double value) {
    if (!Double.isFinite(value)) {
      throw new NumberFormatException();
    }
    return value;
  }

  private static long bounded(String text, long low, long high) {
    if (text.length() > 40) {
      throw new NumberFormatException();
    }
    BigDecimal number = new BigDecimal(text);
    if (number.scale() < -20) {
      throw new NumberFormatException();
    }
    long value = number.longValueExact();
    if (value < low || value > high) {
      throw new NumberFormatException();
    }
    return value;
  }
}
