// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Objects of C++ for TensorRT's real bindings, as its public classes lie in memory: a table with
/// the two destructors, then a pointer to the implementation, whose table the bindings call.
public final class FakeObjects {
  /// Of the first function of an implementation, after its destructors.
  static final int FIRST = 2;

  private static final int SLOTS = 80;

  /// Names of what was destroyed, in order.
  public final List<String> destroyed = new ArrayList<>();

  /// Calls of functions that no test gave, as `name.slot`.
  public final List<String> others = new ArrayList<>();

  private final Arena arena;

  FakeObjects(Arena arena) {
    this.arena = arena;
  }

  /// @param functions of the implementation, by slot; all others do nothing and give 0
  NativeAddress object(String name, Map<Integer, MemorySegment> functions) {
    FunctionDescriptor ends = FunctionDescriptor.ofVoid(ADDRESS);
    Destroyed end = new Destroyed(name, destroyed);
    MemorySegment object =
        new VirtualObject(arena)
            .function(
                VirtualObject.handle(
                    MethodHandles.lookup(), end, "complete", void.class, MemorySegment.class),
                ends)
            .function(
                VirtualObject.handle(
                    MethodHandles.lookup(), end, "deleting", void.class, MemorySegment.class),
                ends)
            .build(MemorySegment.NULL);
    MemorySegment table = arena.allocate(ADDRESS, SLOTS);
    for (int slot = 0; slot < SLOTS; slot++) {
      table.setAtIndex(ADDRESS, slot, functions.getOrDefault(slot, unexpected(name, slot)));
    }
    MemorySegment implementation = arena.allocate(64, 8);
    implementation.set(ADDRESS, 0, table);
    object.set(ADDRESS, ADDRESS.byteSize(), implementation);
    return NativeAddress.of(object);
  }

  /// A function that calls a private method of `receiver`.
  MemorySegment stub(
      MethodHandles.Lookup lookup, Object receiver, String method, FunctionDescriptor descriptor) {
    return Linker.nativeLinker()
        .upcallStub(
            VirtualObject.handle(
                lookup,
                receiver,
                method,
                descriptor.toMethodType().returnType(),
                descriptor.toMethodType().parameterArray()),
            descriptor,
            arena);
  }

  private MemorySegment unexpected(String name, int slot) {
    return stub(
        MethodHandles.lookup(),
        new Unexpected(name + "." + slot, others),
        "call",
        FunctionDescriptor.of(JAVA_LONG, ADDRESS));
  }

  private record Destroyed(String name, List<String> destroyed) {
    @SuppressWarnings("unused") // by method handle
    private void complete(MemorySegment self) {
      destroyed.add(name + " without its memory");
    }

    @SuppressWarnings("unused") // by method handle
    private void deleting(MemorySegment self) {
      destroyed.add(name);
    }
  }

  private record Unexpected(String name, List<String> others) {
    @SuppressWarnings("unused") // by method handle
    private long call(MemorySegment self) {
      others.add(name);
      return 0;
    }
  }
}
