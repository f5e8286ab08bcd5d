// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.lookup;

/// The kernel in plain Java, for machines without the Vector API.
final class ScalarLookup implements LookupKernel {
  @Override
  public void multiply(
      float[] planes, int size, float[] words, int wordsAt, int length, int count, float[] tables) {
    for (int k = 0; k < count; k++) {
      for (int q = 0; q < size; q++) {
        float sum = 0;
        for (int j = 0; j < length; j++) {
          sum = Math.fma(words[wordsAt + k * length + j], planes[j * size + q], sum);
        }
        tables[k * size + q] = sum;
      }
    }
  }

  @Override
  public void add(
      float[] tables, int[] starts, int startsAt, int taps, int outputs, float[] sums, int size) {
    for (int o = 0; o < outputs; o++) {
      for (int q = 0; q < size; q++) {
        float sum = sums[o * size + q];
        for (int t = 0; t < taps; t++) {
          sum += tables[starts[startsAt + o * taps + t] + q];
        }
        sums[o * size + q] = sum;
      }
    }
  }
}
