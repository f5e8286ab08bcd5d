// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

/// The batch sizes that an engine supports, and the one it is tuned for.
record BatchRange(long min, long opt, long max) {
  static final BatchRange DEFAULT = new BatchRange(1, 32, 256);

  BatchRange {
    if (min < 1 || opt < min || max < opt) {
      throw new IllegalArgumentException(
          "batch sizes must be 1 or more and grow from min over opt to max, got %d, %d, %d"
              .formatted(min, opt, max));
    }
  }
}
