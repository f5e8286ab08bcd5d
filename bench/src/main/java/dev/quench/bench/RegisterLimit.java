// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import static jdk.incubator.vector.VectorOperators.BIT_COUNT;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The fastest that XOR, popcount and addition can be on this processor: a loop in which nothing
/// leaves the registers.
final class RegisterLimit {
  private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
  private static final int VECTORS = 24;

  private RegisterLimit() {}

  /// Does at least so many binary multiplications.
  ///
  /// @return something that depends on all of them
  static int run(long products, int seed) {
    long rounds = Math.ceilDiv(products, (long) VECTORS * SPECIES.vectorBitSize());
    IntVector word = IntVector.broadcast(SPECIES, seed);
    IntVector c0 = IntVector.broadcast(SPECIES, 0);
    IntVector c1 = IntVector.broadcast(SPECIES, 1);
    IntVector c2 = IntVector.broadcast(SPECIES, 2);
    IntVector c3 = IntVector.broadcast(SPECIES, 3);
    IntVector c4 = IntVector.broadcast(SPECIES, 4);
    IntVector c5 = IntVector.broadcast(SPECIES, 5);
    IntVector c6 = IntVector.broadcast(SPECIES, 6);
    IntVector c7 = IntVector.broadcast(SPECIES, 7);
    IntVector c8 = IntVector.broadcast(SPECIES, 8);
    IntVector c9 = IntVector.broadcast(SPECIES, 9);
    IntVector c10 = IntVector.broadcast(SPECIES, 10);
    IntVector c11 = IntVector.broadcast(SPECIES, 11);
    IntVector c12 = IntVector.broadcast(SPECIES, 12);
    IntVector c13 = IntVector.broadcast(SPECIES, 13);
    IntVector c14 = IntVector.broadcast(SPECIES, 14);
    IntVector c15 = IntVector.broadcast(SPECIES, 15);
    IntVector c16 = IntVector.broadcast(SPECIES, 16);
    IntVector c17 = IntVector.broadcast(SPECIES, 17);
    IntVector c18 = IntVector.broadcast(SPECIES, 18);
    IntVector c19 = IntVector.broadcast(SPECIES, 19);
    IntVector c20 = IntVector.broadcast(SPECIES, 20);
    IntVector c21 = IntVector.broadcast(SPECIES, 21);
    IntVector c22 = IntVector.broadcast(SPECIES, 22);
    IntVector c23 = IntVector.broadcast(SPECIES, 23);
    for (int round = 0; round < rounds; round++) {
      c0 = c0.add(c0.lanewise(XOR, word).lanewise(BIT_COUNT));
      c1 = c1.add(c1.lanewise(XOR, word).lanewise(BIT_COUNT));
      c2 = c2.add(c2.lanewise(XOR, word).lanewise(BIT_COUNT));
      c3 = c3.add(c3.lanewise(XOR, word).lanewise(BIT_COUNT));
      c4 = c4.add(c4.lanewise(XOR, word).lanewise(BIT_COUNT));
      c5 = c5.add(c5.lanewise(XOR, word).lanewise(BIT_COUNT));
      c6 = c6.add(c6.lanewise(XOR, word).lanewise(BIT_COUNT));
      c7 = c7.add(c7.lanewise(XOR, word).lanewise(BIT_COUNT));
      c8 = c8.add(c8.lanewise(XOR, word).lanewise(BIT_COUNT));
      c9 = c9.add(c9.lanewise(XOR, word).lanewise(BIT_COUNT));
      c10 = c10.add(c10.lanewise(XOR, word).lanewise(BIT_COUNT));
      c11 = c11.add(c11.lanewise(XOR, word).lanewise(BIT_COUNT));
      c12 = c12.add(c12.lanewise(XOR, word).lanewise(BIT_COUNT));
      c13 = c13.add(c13.lanewise(XOR, word).lanewise(BIT_COUNT));
      c14 = c14.add(c14.lanewise(XOR, word).lanewise(BIT_COUNT));
      c15 = c15.add(c15.lanewise(XOR, word).lanewise(BIT_COUNT));
      c16 = c16.add(c16.lanewise(XOR, word).lanewise(BIT_COUNT));
      c17 = c17.add(c17.lanewise(XOR, word).lanewise(BIT_COUNT));
      c18 = c18.add(c18.lanewise(XOR, word).lanewise(BIT_COUNT));
      c19 = c19.add(c19.lanewise(XOR, word).lanewise(BIT_COUNT));
      c20 = c20.add(c20.lanewise(XOR, word).lanewise(BIT_COUNT));
      c21 = c21.add(c21.lanewise(XOR, word).lanewise(BIT_COUNT));
      c22 = c22.add(c22.lanewise(XOR, word).lanewise(BIT_COUNT));
      c23 = c23.add(c23.lanewise(XOR, word).lanewise(BIT_COUNT));
    }
    return c0.add(c1)
        .add(c2)
        .add(c3)
        .add(c4)
        .add(c5)
        .add(c6)
        .add(c7)
        .add(c8)
        .add(c9)
        .add(c10)
        .add(c11)
        .add(c12)
        .add(c13)
        .add(c14)
        .add(c15)
        .add(c16)
        .add(c17)
        .add(c18)
        .add(c19)
        .add(c20)
        .add(c21)
        .add(c22)
        .add(c23)
        .reduceLanes(VectorOperators.ADD);
  }
}
