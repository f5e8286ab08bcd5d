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
/// input `x` into `y`; other inputs do nothing. Memory of the device must lie on the host.
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
  private static final int INFER_SHAPES = 28;
  private static final int PROFILES = 10;
  private static final int DECLARED_SHAPE = 19;
  private static final int TENSOR_TYPE = 20;
  private static final int TENSOR_MODE = 23;
  private static final int PROFILE_SHAPE = 29;
  private static final int TENSORS = 30;
  private static final int TENSOR_NAME = 31;
  static final StructLayout DIMS =
      MemoryLayout.structLayout(
          JAVA_INT, MemoryLayout.paddingLayout(4), MemoryLayout.sequenceLayout(8, JAVA_LONG));

  /// What was called, in order.
  public final List<String> calls = new ArrayList<>();

  /// What enqueueV3 answers.
  public boolean succeeds = true;

  /// Whether the shapes of inputs agree.
  public boolean consistent = true;

  /// Runs during enqueueV3.
  public Runnable during = () -> {};

  /// Sizes of inputs that each profile serves, from the least to the greatest; none refuses none.
  public List<Map<String, long[]>> served = List.of();

  private int profile;
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
    functions.put(
        INFER_SHAPES,
        stub("inferShapes", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS)));
    this.context = object(functions);
    FunctionDescriptor ofTensor = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
    this.engine =
        object(
            Map.of(
                CREATE_CONTEXT,
                stub("createContext", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT)),
                TENSOR_LOCATION,
                stub("location", ofTensor),
                PROFILES,
                stub("profiles", FunctionDescriptor.of(JAVA_INT, ADDRESS)),
                DECLARED_SHAPE,
                stub("declaredShape", FunctionDescriptor.of(DIMS, ADDRESS, ADDRESS)),
                TENSOR_TYPE,
                stub("type", ofTensor),
                TENSOR_MODE,
                stub("mode", ofTensor),
                PROFILE_SHAPE,
                stub(
                    "profileShape",
                    FunctionDescriptor.of(DIMS, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT)),
                TENSORS,
                stub("tensors", FunctionDescriptor.of(JAVA_INT, ADDRESS)),
                TENSOR_NAME,
                stub("tensorName", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT))));
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
  private int profiles(MemorySegment self) {
    return 1;
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment declaredShape(MemorySegment self, MemorySegment name) {
    return dims(arena, new long[] {-1});
  }

  /// `DataType::kFLOAT`.
  @SuppressWarnings("unused") // by method handle
  private int type(MemorySegment self, MemorySegment name) {
    return 0;
  }

  /// `TensorIOMode::kINPUT` or `kOUTPUT`.
  @SuppressWarnings("unused") // by method handle
  private int mode(MemorySegment self, MemorySegment name) {
    return VirtualObject.text(name).equals("x") ? 1 : 2;
  }

  /// From 1 over 2 to 4.
  @SuppressWarnings("unused") // by method handle
  private MemorySegment profileShape(
      MemorySegment self, MemorySegment name, int index, int selector) {
    return dims(arena, new long[] {1L << selector});
  }

  @SuppressWarnings("unused") // by method handle
  private int tensors(MemorySegment self) {
    return 2;
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment tensorName(MemorySegment self, int index) {
    return arena.allocateFrom(index == 0 ? "x" : "y");
  }

  @SuppressWarnings("unused") // by method handle
  private int inferShapes(MemorySegment self, int most, MemorySegment names) {
    return consistent ? 0 : -1;
  }

  @SuppressWarnings("unused") // by method handle
  private boolean setProfile(MemorySegment self, int index, MemorySegment stream) {
    calls.add("profile " + index);
    profile = index;
    addresses.clear();
    return true;
  }

  @SuppressWarnings("unused") // by method handle
  private boolean setInputShape(MemorySegment self, MemorySegment name, MemorySegment dims) {
    MemorySegment values = dims.reinterpret(DIMS.byteSize());
    long[] sizes = new long[values.get(JAVA_INT, 0)];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = values.get(JAVA_LONG, 8 + 8L * i);
    }
    String input = VirtualObject.text(name);
    calls.add("shape " + input + " " + Arrays.toString(sizes));
    if (!served.isEmpty()) {
      long[] range = served.get(profile).get(input);
      if (sizes[0] < range[0] || sizes[0] > range[1]) {
        return false;
      }
    }
    if (input.equals("x")) {
      shape = sizes;
    }
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
    during.run();
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
