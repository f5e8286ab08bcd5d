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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.tensorrt.global.nvinfer.TensorLocation;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.jspecify.annotations.Nullable;

/// The inputs and outputs of a context: which shapes they have, under which optimization profile,
/// and where they lie. Tells its owner when any of that changes. For one thread at a time.
final class ContextTensors {
  private final IExecutionContext context;
  private final CUstream_st stream;
  private final Binding[] inputs;
  private final Binding[] outputs;
  private final Map<String, Binding> byName;
  private final List<Map<String, ShapeRange>> profiles;
  private final Runnable changed;
  private int profile;
  private boolean outputsBound;

  /// @param scope owns the memory
  /// @param changed runs before the context is told of other shapes or addresses
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

  /// Gives every input its shape and writes it to staging memory.
  void stage(Map<String, Tensor> fed) {
    boolean same = true;
    for (Binding input : inputs) {
      same &= input.hasShape(tensor(fed, input).shape());
    }
    if (!same) {
      chooseProfile(name -> tensor(fed, binding(name)).shape());
      for (Binding input : inputs) {
        Shape shape = tensor(fed, input).shape();
        if (!input.hasShape(shape)) {
          apply(input, shape);
        }
      }
    }
    ready();
    for (Binding input : inputs) {
      input.stage(tensor(fed, input));
    }
  }

  /// Sees to it that outputs have shapes and addresses.
  void ready() {
    if (!outputsBound) {
      bindOutputs();
    }
  }

  void shape(String input, Shape wanted) {
    Binding binding = binding(input);
    if (binding.hasShape(wanted)) {
      return;
    }
    chooseProfile(name -> name.equals(input) ? wanted : binding(name).lastShape());
    apply(binding, wanted);
    for (Binding other : inputs) {
      Shape last = other.lastShape();
      if (last != null && !other.hasShape(last)) {
        apply(other, last); // another profile was chosen
      }
    }
  }

  void reside(String name, @Nullable NativeDeviceMemory memory) {
    Binding binding = binding(name);
    if (memory == null && !binding.isResident()) {
      return;
    }
    Shape last = binding.lastShape();
    binding.reside(memory);
    if (isInput(binding) && last != null) {
      apply(binding, last);
    } else {
      outputsBound = false;
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

  /// Gives every input the shape that the first profile is tuned for.
  void shapeOptimally() {
    if (!profiles.isEmpty()) {
      profiles.getFirst().forEach((name, range) -> apply(binding(name), range.opt()));
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

  /// What was downloaded, in memory that the next run overwrites.
  Map<String, Tensor> staged(Set<String> wanted) {
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (String name : wanted) {
      results.put(name, binding(name).staged());
    }
    return results;
  }

  private void chooseProfile(Function<String, @Nullable Shape> shapes) {
    if (profiles.size() < 2) {
      return;
    }
    int chosen = ProfileChoice.choose(profiles, shapes);
    if (chosen >= 0 && chosen != profile) {
      changed.run();
      long mark = ProcessLogger.LOG.mark();
      Failures.require(
          context.setOptimizationProfileAsync(chosen, stream), "choosing profile " + chosen, mark);
      profile = chosen;
      byName.values().forEach(Binding::forget);
    }
  }

  private void apply(Binding input, Shape shape) {
    outputsBound = false;
    changed.run();
    String name = input.spec().name();
    long mark = ProcessLogger.LOG.mark();
    Failures.require(
        context.setInputShape(name, TensorTypes.dims(name, shape.sizes())),
        "setting input '%s' to %s".formatted(name, shape),
        mark);
    input.bind(shape, context);
  }

  private void bindOutputs() {
    for (Binding input : inputs) {
      if (input.lastShape() == null) {
        throw new IllegalStateException("input " + input.spec() + " was not given yet");
      }
    }
    changed.run();
    for (Binding output : outputs) {
      String name = output.spec().name();
      Shape shape = TensorTypes.shape(name, context.getTensorShape(name));
      if (!shape.isStatic()) {
        throw new TensorRtException(
            "output '%s' gets shape %s only from the data, which is not supported"
                    .formatted(name, shape)
                + "; leave out the operator (NonZero, NonMaxSuppression, …) that makes it");
      }
      output.bind(shape, context);
    }
    outputsBound = true;
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
