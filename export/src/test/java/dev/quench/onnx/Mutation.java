// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import java.util.Arrays;
import java.util.SplittableRandom;

/// Breaks a file in one of the ways files break: seeded, so that what it found can be found again.
final class Mutation {
  private Mutation() {}

  static byte[] of(byte[] original, SplittableRandom random) {
    byte[] bytes = original.clone();
    // Half of the time near the start or the end, where structure is and not weights.
    int position =
        switch (random.nextInt(4)) {
          case 0 -> random.nextInt(Math.min(bytes.length, 400));
          case 1 -> bytes.length - 1 - random.nextInt(Math.min(bytes.length, 400));
          default -> random.nextInt(bytes.length);
        };
    return switch (random.nextInt(6)) {
      case 0 -> flipped(bytes, position, random);
      case 1 -> Arrays.copyOf(bytes, position);
      case 2 -> spliced(bytes, position, random);
      case 3 -> withVarint(bytes, position, random);
      case 4 -> removed(bytes, position, random);
      default -> scattered(bytes, random);
    };
  }

  private static byte[] flipped(byte[] bytes, int position, SplittableRandom random) {
    bytes[position] ^= (byte) (1 << random.nextInt(8));
    return bytes;
  }

  private static byte[] spliced(byte[] bytes, int position, SplittableRandom random) {
    int length = Math.min(random.nextInt(1, 64), bytes.length - position);
    int source = random.nextInt(bytes.length - length + 1);
    System.arraycopy(bytes.clone(), source, bytes, position, length);
    return bytes;
  }

  /// Puts a large number where a length or a count may be.
  private static byte[] withVarint(byte[] bytes, int position, SplittableRandom random) {
    int length = Math.min(random.nextInt(1, 10), bytes.length - position);
    for (int i = 0; i < length; i++) {
      bytes[position + i] = (byte) (i + 1 < length ? 0xff : 0x7f);
    }
    return bytes;
  }

  private static byte[] removed(byte[] bytes, int position, SplittableRandom random) {
    int length = Math.min(random.nextInt(1, 32), bytes.length - position);
    byte[] shorter = new byte[bytes.length - length];
    System.arraycopy(bytes, 0, shorter, 0, position);
    System.arraycopy(bytes, position + length, shorter, position, shorter.length - position);
    return shorter;
  }

  private static byte[] scattered(byte[] bytes, SplittableRandom random) {
    for (int i = 0; i < 20; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }
}
