// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.lookup;

/// Work for each part of a kernel on zeros, to have it compiled; loops run as often as in a layer
/// of common size.
final class SyntheticLookup {
  private static final int SIZE = 4 * LookupKernel.BLOCK;
  private static final int LENGTH = 8;
  private static final int WORDS = 32;
  private static final int OUTPUTS = 32;
  private static final int TAPS = 9;

  private final float[] planes = new float[LENGTH * SIZE];
  private final float[] words = new float[WORDS * LENGTH];
  private final float[] tables = new float[WORDS * SIZE];
  private final int[] starts = new int[OUTPUTS * TAPS];
  private final float[] sums = new float[OUTPUTS * SIZE];

  SyntheticLookup() {
    for (int i = 0; i < starts.length; i++) {
      starts[i] = i % (WORDS - 1) * SIZE + i % TAPS;
    }
  }

  void multiply(LookupKernel kernel) {
    kernel.multiply(planes, SIZE, words, 0, LENGTH, WORDS, tables);
  }

  void add(LookupKernel kernel) {
    kernel.add(tables, starts, 0, TAPS, OUTPUTS, sums, SIZE);
  }
}
