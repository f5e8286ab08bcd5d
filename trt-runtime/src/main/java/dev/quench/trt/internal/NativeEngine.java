// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.trt.ShapeRange;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvinfer.LayerInformationFormat;
import org.bytedeco.tensorrt.global.nvinfer.OptProfileSelector;
import org.bytedeco.tensorrt.global.nvinfer.TensorIOMode;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IEngineInspector;
import org.bytedeco.tensorrt.nvinfer.IRuntime;

/// A deserialized engine and the runtime that made it. Close it after its contexts. The owner sees
/// to it that nothing runs during [#close]; otherwise safe for several threads.
public final class NativeEngine implements AutoCloseable {
  private final NativeScope scope;
  private final ICudaEngine engine;
  private final List<TensorSpec> inputs;
  private final List<TensorSpec> outputs;
  private final Map<String, ShapeRange> profile;

  private NativeEngine(NativeScope scope, ICudaEngine engine) {
    this.scope = scope;
    this.engine = engine;
    this.inputs = specs(engine, TensorIOMode.kINPUT);
    this.outputs = specs(engine, TensorIOMode.kOUTPUT);
    this.profile = profile(engine, inputs);
  }

  /// Loads a serialized engine.
  ///
  /// @param plan native memory, alive during the call
  /// @throws dev.quench.trt.TensorRtException with TensorRT's words if it refuses the plan
  public static NativeEngine deserialize(MemorySegment plan) {
    try (NativeScope scope = new NativeScope()) {
      long mark = ProcessLogger.LOG.mark();
      IRuntime runtime =
          scope.ownRoot(
              nvinfer.createInferRuntime(ProcessLogger.INSTANCE), "createInferRuntime", mark);
      ICudaEngine engine =
          scope.own(
              runtime.deserializeCudaEngine(NativeAddress.of(plan), plan.byteSize()),
              "loading the engine",
              mark);
      NativeEngine loaded = new NativeEngine(new NativeScope(), engine);
      loaded.scope.takeOver(scope);
      return loaded;
    }
  }

  /// In the engine's order; free dimensions unknown.
  public List<TensorSpec> inputs() {
    return inputs;
  }

  /// In the engine's order; free dimensions unknown.
  public List<TensorSpec> outputs() {
    return outputs;
  }

  /// Ranges of the first optimization profile for the inputs with free dimensions.
  public Map<String, ShapeRange> profile() {
    return profile;
  }

  /// The engine as a plan again; to be closed by the caller.
  public NativePlan serialize() {
    long mark = ProcessLogger.LOG.mark();
    return new NativePlan(engine.serialize(), "serializing the engine", mark);
  }

  /// TensorRT's own description of every layer, as JSON.
  public String layerInformation() {
    try (NativeScope inspection = new NativeScope()) {
      long mark = ProcessLogger.LOG.mark();
      IEngineInspector inspector =
          inspection.own(engine.createEngineInspector(), "createEngineInspector", mark);
      String json = inspector.getEngineInformation(LayerInformationFormat.kJSON);
      if (json == null) {
        throw Failures.failed("the engine does not describe its layers", mark);
      }
      return json;
    }
  }

  /// Makes a context, to be closed by the caller before this.
  public NativeContext createContext() {
    return NativeContext.create(engine, inputs, outputs);
  }

  @Override
  public void close() {
    scope.close();
  }

  private static List<TensorSpec> specs(ICudaEngine engine, TensorIOMode mode) {
    List<TensorSpec> specs = new ArrayList<>();
    for (int i = 0; i < engine.getNbIOTensors(); i++) {
      String name = engine.getIOTensorName(i);
      if (engine.getTensorIOMode(name).intern() == mode) {
        specs.add(
            new TensorSpec(
                name,
                TensorTypes.dataType(name, engine.getTensorDataType(name)),
                TensorTypes.shape(name, engine.getTensorShape(name))));
      }
    }
    return List.copyOf(specs);
  }

  private static Map<String, ShapeRange> profile(ICudaEngine engine, List<TensorSpec> inputs) {
    Map<String, ShapeRange> ranges = new LinkedHashMap<>();
    for (TensorSpec input : inputs) {
      if (!input.shape().isStatic()) {
        ranges.put(
            input.name(),
            new ShapeRange(
                profileShape(engine, input.name(), OptProfileSelector.kMIN),
                profileShape(engine, input.name(), OptProfileSelector.kOPT),
                profileShape(engine, input.name(), OptProfileSelector.kMAX)));
      }
    }
    return ranges;
  }

  private static Shape profileShape(ICudaEngine engine, String input, OptProfileSelector selector) {
    return TensorTypes.shape(input, engine.getProfileShape(input, 0, selector));
  }
}
