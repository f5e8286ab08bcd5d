// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.TensorRtException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.tensorrt.global.nvinfer.TensorLocation;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;

/// One execution context with its stream and its memory, which is allocated when a shape first
/// needs it and reused from then on. For one thread at a time; the session holds the lock.
public final class NativeContext implements AutoCloseable {
  private final NativeScope scope;
  private final IExecutionContext context;
  private final CUstream_st stream;
  private final List<Binding> inputs;
  private final Map<String, Binding> outputs;
  private boolean outputsBound;

  private NativeContext(
      NativeScope scope,
      IExecutionContext context,
      CUstream_st stream,
      List<Binding> inputs,
      Map<String, Binding> outputs) {
    this.scope = scope;
    this.context = context;
    this.stream = stream;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  static NativeContext create(
      ICudaEngine engine, List<TensorSpec> inputs, List<TensorSpec> outputs) {
    try (NativeScope building = new NativeScope()) {
      long mark = ProcessLogger.LOG.mark();
      IExecutionContext context =
          building.own(engine.createExecutionContext(), "createExecutionContext", mark);
      CUstream_st stream = new CUstream_st();
      Failures.requireCuda(
          cudart.cudaStreamCreateWithFlags(stream, cudart.cudaStreamNonBlocking),
          "creating a stream");
      building.onClose(() -> cudart.cudaStreamDestroy(stream));
      List<Binding> inputBindings = new ArrayList<>();
      for (TensorSpec input : inputs) {
        inputBindings.add(binding(engine, input, building));
      }
      Map<String, Binding> outputBindings = new LinkedHashMap<>();
      for (TensorSpec output : outputs) {
        outputBindings.put(output.name(), binding(engine, output, building));
      }
      NativeScope scope = new NativeScope();
      scope.takeOver(building);
      return new NativeContext(scope, context, stream, inputBindings, outputBindings);
    }
  }

  /// Runs one inference and waits for it.
  ///
  /// @param fed every input by name, checked against the specs; borrowed
  /// @param wanted names of the outputs to bring to the host
  /// @return those outputs in the order wanted, in memory that the next run overwrites
  /// @throws TensorRtException with TensorRT's or CUDA's words
  public Map<String, Tensor> run(Map<String, Tensor> fed, Set<String> wanted) {
    for (Binding input : inputs) {
      shape(input, tensor(fed, input).shape());
    }
    if (!outputsBound) {
      bindOutputs();
    }
    try {
      enqueue(fed, wanted);
    } catch (RuntimeException e) {
      // What was queued before the error may still use the memory that the next run writes.
      cudart.cudaStreamSynchronize(stream);
      throw e;
    }
    Failures.requireCuda(cudart.cudaStreamSynchronize(stream), "running the engine");
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (String name : wanted) {
      results.put(name, output(name).staged());
    }
    return results;
  }

  private void enqueue(Map<String, Tensor> fed, Set<String> wanted) {
    for (Binding input : inputs) {
      input.upload(tensor(fed, input), stream);
    }
    long mark = ProcessLogger.LOG.mark();
    Failures.require(context.enqueueV3(stream), "enqueueV3", mark);
    for (String name : wanted) {
      output(name).download(stream);
    }
  }

  @Override
  public void close() {
    scope.close();
  }

  private void shape(Binding input, Shape shape) {
    if (input.hasShape(shape)) {
      return;
    }
    outputsBound = false;
    String name = input.spec().name();
    long mark = ProcessLogger.LOG.mark();
    Failures.require(
        context.setInputShape(name, TensorTypes.dims(name, shape.sizes())),
        "setting input '%s' to %s".formatted(name, shape),
        mark);
    input.bind(shape, context);
  }

  private void bindOutputs() {
    for (Binding output : outputs.values()) {
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

  private Binding output(String name) {
    Binding output = outputs.get(name);
    if (output == null) {
      throw new IllegalArgumentException("the engine has no output '" + name + "'");
    }
    return output;
  }

  private static Tensor tensor(Map<String, Tensor> fed, Binding input) {
    Tensor tensor = fed.get(input.spec().name());
    if (tensor == null) {
      throw new IllegalArgumentException("input " + input.spec() + " is missing");
    }
    return tensor;
  }

  private static Binding binding(ICudaEngine engine, TensorSpec spec, NativeScope scope) {
    boolean onHost = engine.getTensorLocation(spec.name()).intern() == TensorLocation.kHOST;
    Binding binding = new Binding(spec, onHost);
    scope.onClose(binding::close);
    return binding;
  }
}
