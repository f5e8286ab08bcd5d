// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;

/// A builder, its configuration and what it gives, for TensorRT's real bindings. The slots are
/// those of the implementation classes of TensorRT 10.15, as the bindings call them.
public final class FakeBuilder {
  private static final int CREATE_CONFIG = 7;
  private static final int BUILD = 14;
  private static final int SET_TACTIC_SOURCES = 38;
  private static final int GET_TACTIC_SOURCES = 39;
  private static final int CREATE_CACHE = 40;
  private static final int SET_CACHE = 41;
  private static final int DEFAULT_TACTIC_SOURCES = 1 << 3;
  private static final int NETWORK_INPUTS = 14;
  private static final int NETWORK_INPUT = 15;
  private static final int TENSOR_NAME = 3;
  private static final int TENSOR_DIMENSIONS = 5;

  public final FakeObjects objects;

  /// Bits of what the build may use.
  public int tacticSources = DEFAULT_TACTIC_SOURCES;

  /// Of the input `x` of the network, -1 for a free dimension.
  public long[] inputShape = {};

  private final Arena arena;
  private final BooleanSupplier succeeds;

  /// @param succeeds runs as the build; whether it gives a plan
  public FakeBuilder(Arena arena, BooleanSupplier succeeds) {
    this.arena = arena;
    this.succeeds = succeeds;
    this.objects = new FakeObjects(arena);
  }

  public IBuilder builder() {
    return new IBuilder(
        objects.object(
            "builder",
            Map.of(
                CREATE_CONFIG,
                stub("createConfig", FunctionDescriptor.of(ADDRESS, ADDRESS)),
                BUILD,
                stub("build", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS)))));
  }

  public INetworkDefinition network() {
    return new INetworkDefinition(
        objects.object(
            "network",
            Map.of(
                NETWORK_INPUTS,
                stub("inputs", FunctionDescriptor.of(JAVA_INT, ADDRESS)),
                NETWORK_INPUT,
                stub("input", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT)))));
  }

  private MemorySegment stub(String method, FunctionDescriptor descriptor) {
    return objects.stub(MethodHandles.lookup(), this, method, descriptor);
  }

  private static MemorySegment address(NativeAddress object) {
    return MemorySegment.ofAddress(object.address());
  }

  @SuppressWarnings("unused") // by method handle
  private int inputs(MemorySegment self) {
    return 1;
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment input(MemorySegment self, int index) {
    return address(
        objects.object(
            "input",
            Map.of(
                TENSOR_NAME,
                stub("name", FunctionDescriptor.of(ADDRESS, ADDRESS)),
                TENSOR_DIMENSIONS,
                stub("dimensions", FunctionDescriptor.of(FakeEngine.DIMS, ADDRESS)))));
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment name(MemorySegment self) {
    return arena.allocateFrom("x");
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment dimensions(MemorySegment self) {
    return FakeEngine.dims(arena, inputShape);
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment createConfig(MemorySegment self) {
    return address(
        objects.object(
            "config",
            Map.of(
                CREATE_CACHE,
                stub("createCache", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG)),
                SET_CACHE,
                stub(
                    "setCache",
                    FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS, JAVA_BOOLEAN)),
                SET_TACTIC_SOURCES,
                stub("setTacticSources", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_INT)),
                GET_TACTIC_SOURCES,
                stub("getTacticSources", FunctionDescriptor.of(JAVA_INT, ADDRESS)))));
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment build(MemorySegment self, MemorySegment network, MemorySegment config) {
    return succeeds.getAsBoolean() ? memory("plan") : MemorySegment.NULL;
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment createCache(MemorySegment self, MemorySegment blob, long size) {
    return address(
        objects.object(
            "timing cache",
            Map.of(FakeObjects.FIRST, stub("serialize", FunctionDescriptor.of(ADDRESS, ADDRESS)))));
  }

  @SuppressWarnings("unused") // by method handle
  private boolean setCache(MemorySegment self, MemorySegment cache, boolean ignoreMismatch) {
    return true;
  }

  @SuppressWarnings("unused") // by method handle
  private boolean setTacticSources(MemorySegment self, int sources) {
    tacticSources = sources;
    return true;
  }

  @SuppressWarnings("unused") // by method handle
  private int getTacticSources(MemorySegment self) {
    return tacticSources;
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment serialize(MemorySegment self) {
    return memory("times");
  }

  private MemorySegment memory(String name) {
    return address(
        objects.object(
            name,
            Map.of(
                FakeObjects.FIRST,
                stub("data", FunctionDescriptor.of(ADDRESS, ADDRESS)),
                FakeObjects.FIRST + 1,
                stub("size", FunctionDescriptor.of(JAVA_LONG, ADDRESS)))));
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment data(MemorySegment self) {
    return arena.allocate(size(self));
  }

  @SuppressWarnings("unused") // by method handle
  private long size(MemorySegment self) {
    return 3;
  }
}
