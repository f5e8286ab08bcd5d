// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.trt.internal.build.TensorRtRelease;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VirtualDestructorTest {
  private static final int SLOTS = 16;

  /// Stands in for a C++ object: a table of functions that note their slot and the object they get.
  @ParameterizedTest
  @ValueSource(
      ints = {
        VirtualDestructor.NO_COPY_SLOT,
        TensorRtRelease.PARSER_DESTRUCTOR_SLOT,
        VirtualDestructor.PARSER_REFITTER_SLOT
      })
  void callsTheSlotWithTheObject(int slot) throws Exception {
    List<String> calls = new ArrayList<>();
    MethodHandle note =
        MethodHandles.lookup()
            .findStatic(
                VirtualDestructorTest.class,
                "note",
                MethodType.methodType(void.class, List.class, int.class, MemorySegment.class));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment table = arena.allocate(ValueLayout.ADDRESS, SLOTS);
      for (int i = 0; i < SLOTS; i++) {
        table.setAtIndex(
            ValueLayout.ADDRESS,
            i,
            Linker.nativeLinker()
                .upcallStub(
                    MethodHandles.insertArguments(note, 0, calls, i),
                    FunctionDescriptor.ofVoid(ValueLayout.ADDRESS),
                    arena));
      }
      MemorySegment object = arena.allocate(64);
      object.set(ValueLayout.ADDRESS, 0, table);
      VirtualDestructor.call(object.address(), slot);
      assertThat(calls).containsExactly(slot + " " + object.address());
    }
  }

  private static void note(List<String> calls, int slot, MemorySegment object) {
    calls.add(slot + " " + object.address());
  }
}
