// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.graph.Model;
import dev.quench.graph.ModelDigest;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.Precision;
import dev.quench.tensor.Shape;
import dev.quench.trt.internal.BuildSettings;
import dev.quench.trt.internal.Environment;
import dev.quench.trt.internal.NativeBuilder;
import dev.quench.trt.internal.NativeEngine;
import dev.quench.trt.internal.NativePlan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// Builds a TensorRT engine of a model, for the GPU of this machine.
///
/// A plain model is built weakly typed: [#precision] says in which types its layers may run, and
/// TensorRT chooses the fastest among them. A model with `QuantizeLinear` and `DequantizeLinear`
/// nodes, or with low-precision types of its own, is built strongly typed: it runs in exactly the
/// types that it holds.
///
/// ```java
/// try (Engine engine = EngineBuilder.of(model).precision(Precision.FP16).build()) {
///   engine.save(Path.of("model.engine"));
/// }
/// ```
///
/// The model reaches TensorRT serialized anew from the checked graph. It is not kept and must not
/// change during [#build]. For one thread; builds of several builders run one after the other.
public final class EngineBuilder {
  private static final int HIGHEST_OPTIMIZATION_LEVEL = 5;

  private final Model model;
  private final Map<String, ShapeRange> profile = new LinkedHashMap<>();
  private Precision precision = Precision.FP32;
  private BatchRange batch = BatchRange.DEFAULT;
  private OptionalLong workspaceBytes = OptionalLong.empty();
  private OptionalInt optimizationLevel = OptionalInt.empty();

  private EngineBuilder(Model model) {
    this.model = model;
  }

  /// Starts with FP32 without TF32, batch sizes from 1 over 32 to 256 where the batch is free, and
  /// TensorRT's defaults.
  public static EngineBuilder of(Model model) {
    return new EngineBuilder(model);
  }

  /// What layers may run in. `FP32` is IEEE single precision; `TF32` lets it round inputs of matrix
  /// products to 10 bits of mantissa; `FP16` and `BF16` add those types (and TF32) for plain
  /// models; `INT8` is for models with Q/DQ nodes.
  public EngineBuilder precision(Precision chosen) {
    this.precision = chosen;
    return this;
  }

  /// The shapes that the engine serves for one input with free dimensions: any between `min` and
  /// `max`, fastest at `opt`.
  ///
  /// @throws IllegalArgumentException unless all are static, of one rank, and grow in every
  ///   dimension
  public EngineBuilder profile(String input, Shape min, Shape opt, Shape max) {
    profile.put(input, new ShapeRange(min, opt, max));
    return this;
  }

  /// The batch sizes that the engine serves for inputs without a profile whose first dimension is
  /// free.
  ///
  /// @throws IllegalArgumentException unless `1 <= min <= opt <= max`
  public EngineBuilder batch(long min, long opt, long max) {
    this.batch = new BatchRange(min, opt, max);
    return this;
  }

  /// Most scratch memory, in bytes, that a layer may use; all of the device's by default.
  ///
  /// @throws IllegalArgumentException unless positive
  public EngineBuilder workspaceBytes(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("workspaceBytes must be positive, got " + bytes);
    }
    this.workspaceBytes = OptionalLong.of(bytes);
    return this;
  }

  /// How long TensorRT searches: 0 is the quickest build, 5 the longest; its own default is 3.
  ///
  /// @throws IllegalArgumentException outside of 0 to 5
  public EngineBuilder optimizationLevel(int level) {
    if (level < 0 || level > HIGHEST_OPTIMIZATION_LEVEL) {
      throw new IllegalArgumentException(
          "optimizationLevel must be 0 to %d, got %d".formatted(HIGHEST_OPTIMIZATION_LEVEL, level));
    }
    this.optimizationLevel = OptionalInt.of(level);
    return this;
  }

  /// Builds the engine; takes seconds to minutes.
  ///
  /// @return to be closed by the caller
  /// @throws IllegalArgumentException if the precision or a profile does not fit the model
  /// @throws TensorRtException if TensorRT is not available, refuses the model (naming each node
  ///   and the reason) or fails to build it
  public Engine build() {
    BuildSettings settings = settings();
    DeclaredTensors declared = DeclaredTensors.of(model.graph());
    Environment environment = TensorRtProbe.require();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment onnx = serialize(arena);
      try (NativePlan plan = NativeBuilder.build(onnx, settings)) {
        EngineManifest manifest =
            new EngineManifest(
                environment.tensorRtVersion(),
                environment.device().name(),
                environment.device().computeCapability(),
                ModelDigest.of(model),
                precision,
                PlanBytes.sha256(plan.bytes()));
        return Engine.of(NativeEngine.deserialize(plan.bytes()), manifest, declared);
      }
    }
  }

  /// Everything that can be checked without TensorRT.
  BuildSettings settings() {
    NetworkTyping typing = NetworkTyping.of(model);
    typing.require(precision);
    boolean flags = !typing.stronglyTyped();
    boolean half = precision == Precision.FP16;
    boolean bfloat = precision == Precision.BF16;
    return new BuildSettings(
        typing.stronglyTyped(),
        half || bfloat || precision == Precision.TF32,
        flags && half,
        flags && bfloat,
        InputProfiles.resolve(model.graph(), profile, batch),
        workspaceBytes,
        optimizationLevel);
  }

  private MemorySegment serialize(Arena arena) {
    byte[] bytes = OnnxWriter.toBytes(model);
    MemorySegment onnx = arena.allocate(bytes.length);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, onnx, 0, bytes.length);
    return onnx;
  }
}
