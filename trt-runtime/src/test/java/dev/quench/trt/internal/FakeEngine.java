// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;

/// An engine and its context as objects of C++ for TensorRT's real bindings, which doubles its
/// input `x` into `y`. Memory of the device must lie on the host.
///
/// The slots are those of the implementation classes of TensorRT 10.15, as the bindings call them.
public final class FakeEngine {
  private static final int SLOTS = 80;
  private static final int CREATE_CONTEXT = 5;
  private static final int TENSOR_LOCATION = 21;
  private static final int SET_PROFILE = 17;
  private static final int SET_INPUT_SHAPE = 21;
  private static final int TENSOR_SHAPE = 22;
  private static final int SET_ADDRESS = 24;
  private static final int ENQUEUE = 37;
  private static final int IS_CAPTURABLE = 53;
  static final StructLayout DIMS =
      MemoryLayout.structLayout(
          JAVA_INT, MemoryLayout.paddingLayout(4), MemoryLayout.sequenceLayout(8, JAVA_LONG));

  /// What was called, in order.
  public final List<String> calls = new ArrayList<>();

  /// What enqueueV3 answers.
  public boolean succeeds = true;

  private final Arena arena;
  private final MemorySegment context;
  private final MemorySegment engine;
  private final Map<String, Long> addresses = new HashMap<>();
  private long[] shape = {};

  /// @param silent whether enqueueV3 is a function of C that does nothing, for counting what Java
  ///   allocates
  public FakeEngine(Arena arena, MemorySegment silent) {
    this.arena = arena;
    Map<Integer, MemorySegment> functions = new HashMap<>();
    functions.put(
        SET_PROFILE,
        stub("setProfile", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_INT, ADDRESS)));
    functions.put(
        SET_INPUT_SHAPE,
        stub("setInputShape", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS, ADDRESS)));
    functions.put(TENSOR_SHAPE, stub("tensorShape", FunctionDescriptor.of(DIMS, ADDRESS, ADDRESS)));
    functions.put(
        SET_ADDRESS,
        stub("setAddress", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS, ADDRESS)));
    functions.put(
        ENQUEUE,
        silent.address() != 0
            ? silent
            : stub("enqueue", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS)));
    functions.put(
        IS_CAPTURABLE, stub("isCapturable", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS)));
    this.context = object(functions);
    this.engine =
        object(
            Map.of(
                CREATE_CONTEXT,
                stub("createContext", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT)),
                TENSOR_LOCATION,
                stub("location", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS))));
  }

  public ICudaEngine engine() {
    return new ICudaEngine(NativeAddress.of(engine));
  }

  private MemorySegment stub(String method, FunctionDescriptor descriptor) {
    return Linker.nativeLinker()
        .upcallStub(
            VirtualObject.handle(
                MethodHandles.lookup(),
                this,
                method,
                descriptor.toMethodType().returnType(),
                descriptor.toMethodType().parameterArray()),
            descriptor,
            arena);
  }

  /// The object has a destructor that does nothing, and after its table the pointer to the
  /// implementation, whose other functions are not to be called.
  private MemorySegment object(Map<Integer, MemorySegment> functions) {
    MemorySegment unexpected = stub("unexpected", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    MemorySegment table = arena.allocate(ADDRESS, SLOTS);
    for (int slot = 0; slot < SLOTS; slot++) {
      table.setAtIndex(ADDRESS, slot, functions.getOrDefault(slot, unexpected));
    }
    MemorySegment implementation = arena.allocate(64, 8);
    implementation.set(ADDRESS, 0, table);
    MemorySegment object = new VirtualObject(arena).destructor().build(MemorySegment.NULL);
    object.set(ADDRESS, 8, implementation);
    return object;
  }

  @SuppressWarnings("unused") // by method handle
  private long unexpected(MemorySegment self) {
    calls.add("unexpected call");
    return 0;
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment createContext(MemorySegment self, int strategy) {
    return context;
  }

  /// `TensorLocation::kDEVICE`.
  @SuppressWarnings("unused") // by method handle
  private int location(MemorySegment self, MemorySegment name) {
    return 0;
  }

  @SuppressWarnings("unused") // by method handle
  private boolean setProfile(MemorySegment self, int index, MemorySegment stream) {
    calls.add("profile " + index);
    addresses.clear();
    return true;
  }

  @SuppressWarnings("unused") // by method handle
  private boolean setInputShape(MemorySegment self, MemorySegment name, MemorySegment dims) {
    MemorySegment values = dims.reinterpret(DIMS.byteSize());
    shape = new long[values.get(JAVA_INT, 0)];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = values.get(JAVA_LONG, 8 + 8L * i);
    }
    calls.add("shape " + Arrays.toString(shape));
    return true;
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment tensorShape(MemorySegment self, MemorySegment name) {
    return dims(arena, shape);
  }

  /// A `Dims64`.
  static MemorySegment dims(Arena arena, long[] sizes) {
    MemorySegment dims = arena.allocate(DIMS);
    dims.set(JAVA_INT, 0, sizes.length);
    for (int i = 0; i < sizes.length; i++) {
      dims.set(JAVA_LONG, 8 + 8L * i, sizes[i]);
    }
    return dims;
  }

  @SuppressWarnings("unused") // by method handle
  private boolean setAddress(MemorySegment self, MemorySegment name, MemorySegment address) {
    calls.add("address " + VirtualObject.text(name));
    addresses.put(VirtualObject.text(name), address.address());
    return true;
  }

  @SuppressWarnings("unused") // by method handle
  private boolean enqueue(MemorySegment self, MemorySegment stream) {
    calls.add("enqueue");
    if (!succeeds) {
      return false;
    }
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    MemorySegment x = MemorySegment.ofAddress(addresses.get("x")).reinterpret(4 * count);
    MemorySegment y = MemorySegment.ofAddress(addresses.get("y")).reinterpret(4 * count);
    for (long i = 0; i < count; i++) {
      y.setAtIndex(JAVA_FLOAT, i, 2 * x.getAtIndex(JAVA_FLOAT, i));
    }
    return true;
  }

  @SuppressWarnings("unused") // by method handle
  private boolean isCapturable(MemorySegment self, MemorySegment stream) {
    return true;
  }
}
