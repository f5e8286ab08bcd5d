// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.NativeAddress;
import dev.quench.trt.internal.ProcessLogger;
import dev.quench.trt.internal.TensorTypes;
import dev.quench.trt.internal.build.NativePlan;
import dev.quench.trt.internal.build.NativeScope;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvinfer.LayerInformationFormat;
import org.bytedeco.tensorrt.global.nvinfer.OptProfileSelector;
import org.bytedeco.tensorrt.global.nvinfer.TensorIOMode;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IEngineInspector;
import org.bytedeco.tensorrt.nvinfer.IRuntime;
import org.jspecify.annotations.Nullable;

/// A deserialized engine and its runtime. Close it after its contexts. The owner ensures that
/// nothing runs during [#close]; otherwise thread-safe.
public final class NativeEngine implements AutoCloseable {
  private final ReentrantLock creation = new ReentrantLock();
  private final NativeScope scope;
  private final ICudaEngine engine;
  private final List<TensorSpec> inputs;
  private final List<TensorSpec> outputs;
  private final List<Map<String, ShapeRange>> profiles;

  /// @param scope owns `engine`
  NativeEngine(NativeScope scope, ICudaEngine engine) {
    this.scope = scope;
    this.engine = engine;
    this.inputs = specs(engine, TensorIOMode.kINPUT);
    this.outputs = specs(engine, TensorIOMode.kOUTPUT);
    List<Map<String, ShapeRange>> ranges = new ArrayList<>();
    for (int i = 0; i < Math.max(1, engine.getNbOptimizationProfiles()); i++) {
      ranges.add(profile(engine, inputs, i));
    }
    this.profiles = List.copyOf(ranges);
  }

  /// Loads a serialized engine.
  ///
  /// @param plan native memory, alive during the call
  /// @param versionCompatible whether the plan was built for other versions of TensorRT too: such a
  ///   plan contains host code, which is run
  /// @throws dev.quench.trt.TensorRtException quoting TensorRT if it refuses the plan
  public static NativeEngine deserialize(MemorySegment plan, boolean versionCompatible) {
    try (NativeScope scope = new NativeScope()) {
      long mark = ProcessLogger.LOG.mark();
      IRuntime runtime =
          scope.ownRoot(
              nvinfer.createInferRuntime(ProcessLogger.INSTANCE), "createInferRuntime", mark);
      runtime.setEngineHostCodeAllowed(versionCompatible);
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

  /// Ranges of the inputs with free dimensions, for each optimization profile.
  public List<Map<String, ShapeRange>> profiles() {
    return profiles;
  }

  /// Device memory that each context needs besides inputs and outputs, in bytes.
  public long contextBytes() {
    return engine.getDeviceMemorySizeV2();
  }

  /// Serializes the engine to a plan; to be closed by the caller.
  public NativePlan serialize() {
    long mark = ProcessLogger.LOG.mark();
    return new NativePlan(engine.serialize(), "serializing the engine", mark);
  }

  /// TensorRT's description of every layer, as JSON. Types and layouts are known only for given
  /// shapes; for free dimensions, those that the first profile is tuned for.
  public String layerInformation() {
    boolean free = inputs.stream().anyMatch(input -> !input.shape().isStatic());
    if (!free) {
      return describe(null);
    }
    try (NativeContext context = createContext(false)) {
      return describe(context);
    }
  }

  private String describe(@Nullable NativeContext shaped) {
    try (NativeScope inspection = new NativeScope()) {
      long mark = ProcessLogger.LOG.mark();
      IEngineInspector inspector =
          inspection.own(engine.createEngineInspector(), "createEngineInspector", mark);
      if (shaped != null) {
        inspector.setExecutionContext(shaped.atOptimalShapes());
      }
      String json = inspector.getEngineInformation(LayerInformationFormat.kJSON);
      if (json == null) {
        throw Failures.failed("TensorRT returned no description of the layers", mark);
      }
      return json;
    }
  }

  /// Mean time of every layer in milliseconds, in the order of execution.
  ///
  /// @param fed every input by name
  public Map<String, Double> layerMillis(Map<String, Tensor> fed, int runs) {
    try (NativeContext context = createContext(false)) {
      return context.layerMillis(fed, runs);
    }
  }

  /// Names of the weights that can be exchanged.
  public List<String> refittableWeights() {
    return NativeRefit.names(engine);
  }

  /// Replaces the weights by those of a model. Nothing may run meanwhile.
  ///
  /// @param onnx native memory, alive during the call
  public void refit(MemorySegment onnx) {
    NativeRefit.fromModel(engine, onnx);
  }

  /// Replaces weights by TensorRT's names. Nothing may run meanwhile.
  public void refit(Map<String, Tensor> weights) {
    NativeRefit.fromTensors(engine, weights);
  }

  /// Creates a context, to be closed by the caller before this.
  ///
  /// @param graphs whether it may record inferences as CUDA graphs
  public NativeContext createContext(boolean graphs) {
    // TensorRT guarantees that contexts can run in different threads, but not that they can be
    // created in them.
    creation.lock();
    try {
      return NativeContext.create(engine, inputs, outputs, profiles, graphs);
    } finally {
      creation.unlock();
    }
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

  private static Map<String, ShapeRange> profile(
      ICudaEngine engine, List<TensorSpec> inputs, int index) {
    Map<String, ShapeRange> ranges = new LinkedHashMap<>();
    for (TensorSpec input : inputs) {
      if (!input.shape().isStatic()) {
        ranges.put(
            input.name(),
            new ShapeRange(
                profileShape(engine, input.name(), index, OptProfileSelector.kMIN),
                profileShape(engine, input.name(), index, OptProfileSelector.kOPT),
                profileShape(engine, input.name(), index, OptProfileSelector.kMAX)));
      }
    }
    return ranges;
  }

  private static Shape profileShape(
      ICudaEngine engine, String input, int index, OptProfileSelector selector) {
    return TensorTypes.shape(input, engine.getProfileShape(input, index, selector));
  }
}
