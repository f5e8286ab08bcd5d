// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Damages a serialized protobuf message: as bytes, or field by field with all lengths kept right,
/// so that what reads it gets as far as the meaning.
final class WireMutation {
  private static final int MAX_DEPTH = 8;
  private static final long[] NUMBERS = {
    0, 1, 2, 3, 7, 8, 13, 16, 127, 128, 255, 1L << 31, (1L << 31) - 1, -1, Long.MAX_VALUE
  };

  private record Field(int tag, long number, byte[] bytes) {
    int wireType() {
      return tag & 7;
    }
  }

  private final SplittableRandom random;

  private WireMutation(SplittableRandom random) {
    this.random = random;
  }

  static byte[] of(byte[] original, SplittableRandom random) {
    WireMutation mutation = new WireMutation(random);
    byte[] bytes = original;
    int times = 1 + random.nextInt(3);
    for (int i = 0; i < times; i++) {
      bytes = random.nextInt(3) == 0 ? mutation.scattered(bytes) : mutation.structured(bytes, 0);
    }
    return bytes;
  }

  private byte[] scattered(byte[] original) {
    byte[] bytes =
        random.nextInt(5) == 0
            ? Arrays.copyOf(original, random.nextInt(original.length + 1))
            : original.clone();
    for (int i = random.nextInt(6); i >= 0 && bytes.length > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  private byte[] structured(byte[] message, int depth) {
    List<Field> fields = parse(message);
    if (fields.isEmpty()) {
      return scattered(message);
    }
    int at = random.nextInt(fields.size());
    Field field = fields.get(at);
    if (field.wireType() == 2
        && depth < MAX_DEPTH
        && random.nextInt(5) > 0
        && !parse(field.bytes).isEmpty()) {
      fields.set(at, new Field(field.tag, 0, structured(field.bytes, depth + 1)));
      return serialize(fields);
    }
    switch (random.nextInt(6)) {
      case 0 -> fields.remove(at);
      case 1 -> fields.add(random.nextInt(fields.size() + 1), field);
      case 2 -> fields.set(at, fields.get(random.nextInt(fields.size())));
      case 3 ->
          fields.set(
              at,
              new Field(
                  (random.nextInt(1, 20) << 3) | field.wireType(), field.number, field.bytes));
      default ->
          fields.set(
              at,
              field.wireType() == 2
                  ? new Field(field.tag, 0, scattered(field.bytes))
                  : new Field(field.tag, NUMBERS[random.nextInt(NUMBERS.length)], field.bytes));
    }
    return serialize(fields);
  }

  /// Empty unless the bytes are a message.
  private static List<Field> parse(byte[] bytes) {
    List<Field> fields = new ArrayList<>();
    int[] at = {0};
    while (at[0] < bytes.length) {
      long tag = varint(bytes, at);
      int type = (int) (tag & 7);
      if (tag < 8 || tag > 1 << 16 || at[0] < 0) {
        return new ArrayList<>();
      }
      long number = 0;
      byte[] content = {};
      int length =
          switch (type) {
            case 0 -> {
              number = varint(bytes, at);
              yield 0;
            }
            case 1 -> 8;
            case 2 -> Math.clamp(varint(bytes, at), -1, Integer.MAX_VALUE);
            case 5 -> 4;
            default -> -1;
          };
      if (at[0] < 0 || length < 0 || length > bytes.length - at[0]) {
        return new ArrayList<>();
      }
      if (type != 0) {
        content = Arrays.copyOfRange(bytes, at[0], at[0] + length);
        at[0] += length;
      }
      fields.add(new Field((int) tag, number, content));
    }
    return fields;
  }

  private static long varint(byte[] bytes, int[] at) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at[0] < 0 || at[0] >= bytes.length) {
        at[0] = -1;
        return -1;
      }
      byte next = bytes[at[0]++];
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    at[0] = -1;
    return -1;
  }

  private static byte[] serialize(List<Field> fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Field field : fields) {
      writeVarint(out, field.tag);
      if (field.wireType() == 0) {
        writeVarint(out, field.number);
      } else if (field.wireType() == 2) {
        writeVarint(out, field.bytes.length);
        out.writeBytes(field.bytes);
      } else {
        out.writeBytes(field.bytes);
      }
    }
    return out.toByteArray();
  }

  private static void writeVarint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
