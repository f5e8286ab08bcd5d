// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.lookup;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The kernel on vectors; pixels are lanes, so that a look-up is one aligned row of a table and
/// needs no gather. Loaded by reflection only.
///
/// Gives what [ScalarLookup] gives, to the bit: each lane adds in the same order.
final class VectorLookup implements LookupKernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LENGTH = SPECIES.length();
  private static final int STEP = 4 * LENGTH;

  VectorLookup() {
    if (BLOCK % STEP != 0) {
      throw new IllegalStateException(
          "vectors of %d floats, expected 4, 8 or 16".formatted(LENGTH));
    }
  }

  @Override
  public void multiply(
      float[] planes, int size, float[] words, int wordsAt, int length, int count, float[] tables) {
    for (int q = 0; q < size; q += STEP) {
      for (int k = 0; k < count; k++) {
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int j = 0; j < length; j++) {
          FloatVector word = FloatVector.broadcast(SPECIES, words[wordsAt + k * length + j]);
          int at = j * size + q;
          a = word.fma(FloatVector.fromArray(SPECIES, planes, at), a);
          b = word.fma(FloatVector.fromArray(SPECIES, planes, at + LENGTH), b);
          c = word.fma(FloatVector.fromArray(SPECIES, planes, at + 2 * LENGTH), c);
          d = word.fma(FloatVector.fromArray(SPECIES, planes, at + 3 * LENGTH), d);
        }
        int to = k * size + q;
        a.intoArray(tables, to);
        b.intoArray(tables, to + LENGTH);
        c.intoArray(tables, to + 2 * LENGTH);
        d.intoArray(tables, to + 3 * LENGTH);
      }
    }
  }

  /// Pixels outside, outputs inside: the part of the tables that one block reads stays in cache.
  @Override
  public void add(
      float[] tables, int[] starts, int startsAt, int taps, int outputs, float[] sums, int size) {
    for (int q = 0; q < size; q += STEP) {
      for (int o = 0; o < outputs; o++) {
        addBlock(tables, starts, startsAt + o * taps, taps, sums, o * size + q, q);
      }
    }
  }

  private static void addBlock(
      float[] tables, int[] starts, int first, int taps, float[] sums, int to, int q) {
    FloatVector a = FloatVector.fromArray(SPECIES, sums, to);
    FloatVector b = FloatVector.fromArray(SPECIES, sums, to + LENGTH);
    FloatVector c = FloatVector.fromArray(SPECIES, sums, to + 2 * LENGTH);
    FloatVector d = FloatVector.fromArray(SPECIES, sums, to + 3 * LENGTH);
    for (int t = first; t < first + taps; t++) {
      int at = starts[t] + q;
      a = a.add(FloatVector.fromArray(SPECIES, tables, at));
      b = b.add(FloatVector.fromArray(SPECIES, tables, at + LENGTH));
      c = c.add(FloatVector.fromArray(SPECIES, tables, at + 2 * LENGTH));
      d = d.add(FloatVector.fromArray(SPECIES, tables, at + 3 * LENGTH));
    }
    a.intoArray(sums, to);
    b.intoArray(sums, to + LENGTH);
    c.intoArray(sums, to + 2 * LENGTH);
    d.intoArray(sums, to + 3 * LENGTH);
  }
}
