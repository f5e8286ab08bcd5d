// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectCheckTest {
  @Test
  void knowsAnObject() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment object = new VirtualObject(arena).destructor().build(MemorySegment.NULL);
      object.set(ADDRESS, ADDRESS.byteSize(), arena.allocate(ADDRESS));
      assertThat(ObjectCheck.isObject(object.address())).isTrue();
    }
  }

  @Test
  void refusesAnObjectWithoutImplementation() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment object = new VirtualObject(arena).destructor().build(MemorySegment.NULL);
      assertThat(ObjectCheck.isObject(object.address())).isFalse();
    }
  }

  @Test
  void refusesMemoryThatHoldsSomethingElse() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment table = arena.allocate(ADDRESS, 2);
      MemorySegment object = arena.allocate(ADDRESS, 2);
      object.setAtIndex(ADDRESS, 0, table);
      object.setAtIndex(ADDRESS, 1, table);
      assertThat(ObjectCheck.isObject(object.address())).isFalse();
      assertThat(ObjectCheck.isObject(table.address())).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 0x238, 0x10000, 0x7fff_ffff_fff8L, -8})
  void refusesPointersToNothing(long address) {
    assertThat(ObjectCheck.isObject(address)).isFalse();
  }
}
