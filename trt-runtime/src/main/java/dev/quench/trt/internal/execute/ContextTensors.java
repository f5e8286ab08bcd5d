// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.Binding;
import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.NativeDeviceMemory;
import dev.quench.trt.internal.ProcessLogger;
import dev.quench.trt.internal.TensorTypes;
import dev.quench.trt.internal.build.NativeScope;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.tensorrt.global.nvinfer.TensorLocation;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.jspecify.annotations.Nullable;

/// The inputs and outputs of a context: their shapes, the optimization profile, and their memory.
/// Notifies its owner of changes. For one thread at a time.
final class ContextTensors {
  private final IExecutionContext context;
  private final CUstream_st stream;
  private final Binding[] inputs;
  private final Binding[] outputs;
  private final Map<String, Binding> byName;
  private final List<Map<String, ShapeRange>> profiles;
  private final Runnable changed;
  private int profile;

  /// Whether the context has all shapes and addresses.
  private boolean told;

  /// @param scope owns the memory
  /// @param changed runs before other shapes or addresses are set on the context
  ContextTensors(
      ICudaEngine engine,
      IExecutionContext context,
      CUstream_st stream,
      List<TensorSpec> inputs,
      List<TensorSpec> outputs,
      List<Map<String, ShapeRange>> profiles,
      NativeScope scope,
      Runnable changed) {
    this.context = context;
    this.stream = stream;
    this.byName = new LinkedHashMap<>();
    this.inputs = bindings(engine, inputs, scope, byName);
    this.outputs = bindings(engine, outputs, scope, byName);
    this.profiles = profiles;
    this.changed = changed;
  }

  /// Sets the shape of every input and writes the input to staging memory.
  void stage(Map<String, Tensor> fed) {
    for (Binding input : inputs) {
      give(input, tensor(fed, input).shape());
    }
    ready();
    for (Binding input : inputs) {
      input.stage(tensor(fed, input));
    }
  }

  /// Sets the shape of one input. The context gets it once all inputs have shapes, since a profile
  /// must fit all of them together.
  ///
  /// @param memory of the caller's on the device; null for staging memory
  void input(String name, Shape shape, @Nullable NativeDeviceMemory memory) {
    Binding binding = binding(name);
    if (!binding.resides(memory)) {
      told = false;
      binding.reside(memory);
    }
    give(binding, shape);
  }

  /// @param memory of the caller's on the device; null for staging memory
  void output(String name, @Nullable NativeDeviceMemory memory) {
    Binding binding = binding(name);
    if (!binding.resides(memory)) {
      told = false;
      binding.reside(memory);
    }
  }

  /// Sets all shapes and addresses on the context that it does not have yet.
  ///
  /// @throws IllegalStateException if an input has no shape yet, or a caller closed its memory
  /// @throws IllegalArgumentException if no profile serves the shapes of all inputs together
  void ready() {
    for (Binding input : inputs) {
      input.requireMemory();
    }
    for (Binding output : outputs) {
      output.requireMemory();
    }
    if (!told) {
      tell();
    }
  }

  MemorySegment staging(String name) {
    Binding binding = binding(name);
    if (!isInput(binding)) {
      ready();
    }
    return binding.staging();
  }

  Shape shapeOf(String name) {
    ready();
    return binding(name).shape();
  }

  /// Sets the shapes that the first profile is tuned for on the idle context.
  void shapeOptimally() {
    for (Map.Entry<String, ShapeRange> entry : profiles.getFirst().entrySet()) {
      String name = entry.getKey();
      Shape shape = entry.getValue().opt();
      long mark = ProcessLogger.LOG.mark();
      Failures.require(
          context.setInputShape(name, TensorTypes.dims(name, shape.sizes())),
          "setting input '%s' to %s".formatted(name, shape),
          mark);
    }
  }

  void upload() {
    for (Binding input : inputs) {
      input.upload(stream);
    }
  }

  void download() {
    for (Binding output : outputs) {
      output.download(stream);
    }
  }

  void download(Set<String> wanted) {
    for (String name : wanted) {
      binding(name).download(stream);
    }
  }

  /// The downloaded outputs, in memory that the next run overwrites.
  Map<String, Tensor> staged(Set<String> wanted) {
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (String name : wanted) {
      results.put(name, binding(name).staged());
    }
    return results;
  }

  private void give(Binding input, Shape shape) {
    if (!input.hasShape(shape)) {
      told = false;
      changed.run(); // before memory moves
      input.prepare(shape);
    }
  }

  private void tell() {
    for (Binding input : inputs) {
      if (input.shapeOrNull() == null) {
        throw new IllegalStateException("input " + input.spec() + " has no shape yet");
      }
    }
    changed.run();
    chooseProfile();
    for (Binding input : inputs) {
      if (!input.isTold()) {
        input.tellShape(context);
      }
      input.tellAddress(context);
    }
    requireConsistent();
    for (Binding output : outputs) {
      output.prepare(outputShape(output.spec().name()));
      output.tellAddress(context);
    }
    told = true;
  }

  private void chooseProfile() {
    if (profiles.size() < 2) {
      return;
    }
    int chosen = ProfileChoice.choose(profiles, name -> binding(name).shapeOrNull());
    if (chosen < 0) {
      throw new IllegalArgumentException(
          "no profile of the engine serves the shapes of all inputs together; it has " + profiles);
    }
    if (chosen != profile) {
      long mark = ProcessLogger.LOG.mark();
      Failures.require(
          context.setOptimizationProfileAsync(chosen, stream), "choosing profile " + chosen, mark);
      profile = chosen;
      byName.values().forEach(Binding::forget);
    }
  }

  /// Each input alone may fit although the model requires several to agree.
  private void requireConsistent() {
    long mark = ProcessLogger.LOG.mark();
    int open = context.inferShapes(0, (PointerPointer<?>) null);
    if (open != 0) {
      List<String> shapes = new ArrayList<>();
      for (Binding input : inputs) {
        shapes.add("'" + input.spec().name() + "' " + input.shape());
      }
      throw Failures.failed("the shapes of the inputs do not fit together: " + shapes, mark);
    }
  }

  private Shape outputShape(String name) {
    Shape shape = TensorTypes.shape(name, context.getTensorShape(name));
    if (!shape.isStatic()) {
      throw new TensorRtException(
          "the shape %2$s of output '%1$s' depends on the data, which is not supported"
                  .formatted(name, shape)
              + "; leave out the operator (NonZero, NonMaxSuppression, …) that produces it");
    }
    return shape;
  }

  private boolean isInput(Binding binding) {
    for (Binding input : inputs) {
      if (input == binding) {
        return true;
      }
    }
    return false;
  }

  private Binding binding(String name) {
    Binding binding = byName.get(name);
    if (binding == null) {
      throw new IllegalArgumentException(
          "the engine has no tensor '%s'; it has %s".formatted(name, byName.keySet()));
    }
    return binding;
  }

  private static Tensor tensor(Map<String, Tensor> fed, Binding input) {
    Tensor tensor = fed.get(input.spec().name());
    if (tensor == null) {
      throw new IllegalArgumentException("input " + input.spec() + " is missing");
    }
    return tensor;
  }

  private static Binding[] bindings(
      ICudaEngine engine, List<TensorSpec> specs, NativeScope scope, Map<String, Binding> byName) {
    Binding[] bindings = new Binding[specs.size()];
    for (int i = 0; i < bindings.length; i++) {
      String name = specs.get(i).name();
      boolean onHost = engine.getTensorLocation(name).intern() == TensorLocation.kHOST;
      Binding binding = new Binding(specs.get(i), onHost);
      scope.onClose(binding::close);
      bindings[i] = binding;
      byName.put(name, binding);
    }
    return bindings;
  }
}
