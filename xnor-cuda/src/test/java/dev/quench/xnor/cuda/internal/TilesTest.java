// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.testing.Property;
import dev.quench.xnor.cuda.PackedBits;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TilesTest {
  @Test
  void placesEveryWordOnce() {
    Set<Integer> offsets = new HashSet<>();
    for (int row = 0; row < 48; row++) {
      for (int word = 0; word < 24; word++) {
        offsets.add(Tiles.offset(row, word, 3));
      }
    }
    assertThat(offsets).hasSize(48 * 24).allMatch(offset -> offset >= 0 && offset < 48 * 24);
  }

  /// PTX ISA, "Matrix fragments for mma.m16n8k256": lane 4 g + t holds, of A, row g and bits 32 t
  /// on, row g + 8, and both once more 128 bits on.
  @Test
  void givesEachLaneItsFragmentsInOneVector() {
    for (int lane = 0; lane < 32; lane++) {
      int group = lane / 4;
      int inGroup = lane % 4;
      assertThat(
              new int[] {
                Tiles.offset(group, inGroup, 1),
                Tiles.offset(group + 8, inGroup, 1),
                Tiles.offset(group, inGroup + 4, 1),
                Tiles.offset(group + 8, inGroup + 4, 1)
              })
          .containsExactly(4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3);
    }
  }

  @Test
  void unpacksWhatItPacked() {
    Property.check(
        "tiles",
        60,
        (random, size) -> {
          int rows = 1 + random.nextInt(1 + size);
          int columns = 1 + random.nextInt(1 + 20 * size);
          PackedBits bits = NaiveProducts.bits(random, rows, columns);
          int[] packed = Tiles.pack(bits);
          assertThat(packed).hasSize(Tiles.size(rows, columns));
          assertThat(Tiles.unpack(packed, rows, columns)).isEqualTo(bits);
        });
  }
}
