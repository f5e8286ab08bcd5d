// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.StageTimes;
import dev.quench.trt.TensorRtException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.tensorrt.global.nvinfer.TensorLocation;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.bytedeco.tensorrt.nvinfer.IProfiler;
import org.jspecify.annotations.Nullable;

/// One execution context with its stream and its memory, which is allocated when a shape first
/// needs it and reused from then on: an inference of the shapes of the last one allocates nothing.
/// For one thread at a time.
public final class NativeContext implements InferenceContext {
  private final NativeScope scope;
  private final IExecutionContext context;
  private final CUstream_st stream;
  private final Binding[] inputs;
  private final Binding[] outputs;
  private final Map<String, Binding> byName;
  private final List<Map<String, ShapeRange>> profiles;
  private int profile;
  private boolean outputsBound;
  private boolean graphs;
  private boolean ranAsBound;
  private @Nullable CapturedGraph graph;
  private @Nullable StageEvents events;

  private NativeContext(
      NativeScope scope,
      IExecutionContext context,
      CUstream_st stream,
      Map<String, Binding> inputs,
      Map<String, Binding> outputs,
      List<Map<String, ShapeRange>> profiles,
      boolean graphs) {
    this.scope = scope;
    this.context = context;
    this.stream = stream;
    this.inputs = inputs.values().toArray(Binding[]::new);
    this.outputs = outputs.values().toArray(Binding[]::new);
    this.byName = new LinkedHashMap<>(inputs);
    byName.putAll(outputs);
    this.profiles = profiles;
    this.graphs = graphs;
  }

  static NativeContext create(
      ICudaEngine engine,
      List<TensorSpec> inputs,
      List<TensorSpec> outputs,
      List<Map<String, ShapeRange>> profiles,
      boolean graphs) {
    try (NativeScope building = new NativeScope()) {
      long mark = ProcessLogger.LOG.mark();
      IExecutionContext context =
          building.own(engine.createExecutionContext(), "createExecutionContext", mark);
      CUstream_st stream = new CUstream_st();
      Failures.requireCuda(
          cudart.cudaStreamCreateWithFlags(stream, cudart.cudaStreamNonBlocking),
          "creating a stream");
      NativeCounters.created(NativeCounters.Kind.STREAM);
      building.onClose(() -> {
        cudart.cudaStreamDestroy(stream);
        NativeCounters.freed(NativeCounters.Kind.STREAM);
      });
      Map<String, Binding> inputBindings = bindings(engine, inputs, building);
      Map<String, Binding> outputBindings = bindings(engine, outputs, building);
      NativeScope scope = new NativeScope();
      scope.takeOver(building);
      return new NativeContext(
          scope, context, stream, inputBindings, outputBindings, profiles, graphs);
    }
  }

  // ---- inferences on tensors of the host ----

  @Override
  public Map<String, Tensor> run(Map<String, Tensor> fed, Set<String> wanted) {
    stage(fed);
    try {
      upload();
      compute();
      for (String name : wanted) {
        binding(name).download(stream);
      }
    } catch (RuntimeException e) {
      settle();
      throw e;
    }
    synchronize();
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (String name : wanted) {
      results.put(name, binding(name).staged());
    }
    return results;
  }

  @Override
  public StageTimes time(Map<String, Tensor> fed, Set<String> wanted) {
    if (events == null) {
      events = new StageEvents();
    }
    StageEvents marks = events;
    long start = System.nanoTime();
    stage(fed);
    long enqueueNanos;
    try {
      marks.record(0, stream);
      upload();
      marks.record(1, stream);
      long before = System.nanoTime();
      compute();
      enqueueNanos = System.nanoTime() - before;
      marks.record(2, stream);
      for (String name : wanted) {
        binding(name).download(stream);
      }
      marks.record(3, stream);
    } catch (RuntimeException e) {
      settle();
      throw e;
    }
    synchronize();
    double hostNanos = System.nanoTime() - start;
    return new StageTimes(
        marks.millis(0), marks.millis(1), marks.millis(2), enqueueNanos / 1e6, hostNanos / 1e6);
  }

  // ---- inferences step by step ----

  /// Sets the shape of an input.
  ///
  /// @throws IllegalArgumentException if no profile serves it, with the other inputs as they are
  public void shape(String input, Shape wanted) {
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

  /// Uses memory of the caller on the device for a tensor, or staging memory again.
  public void reside(String name, @Nullable NativeDeviceMemory memory) {
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

  /// Staging memory of a tensor for its present shape; valid until that changes.
  public MemorySegment staging(String name) {
    Binding binding = binding(name);
    if (!outputsBound && !isInput(binding)) {
      bindOutputs();
    }
    return binding.staging();
  }

  /// Of an output this is known once all inputs have shapes.
  public Shape shapeOf(String name) {
    if (!outputsBound) {
      bindOutputs();
    }
    return binding(name).shape();
  }

  /// Hands one inference to the GPU: copies of staged inputs, the engine, copies of staged outputs.
  /// Allocates nothing when shapes and memory are as before.
  public void enqueue() {
    if (!outputsBound) {
      bindOutputs();
    }
    try {
      upload();
      compute();
      for (Binding output : outputs) {
        output.download(stream);
      }
    } catch (RuntimeException e) {
      settle();
      throw e;
    }
  }

  /// Waits for what was enqueued.
  public void synchronize() {
    int code = cudart.cudaStreamSynchronize(stream);
    if (code != cudart.cudaSuccess) {
      Failures.requireCuda(code, "running the engine");
    }
  }

  /// Whether inferences are launched as a CUDA graph now.
  public boolean isCaptured() {
    return graph != null;
  }

  @Override
  public void dropGraph() {
    ranAsBound = false;
    if (graph != null) {
      graph.close();
      graph = null;
    }
  }

  // ---- layers ----

  /// Time of each layer in milliseconds, as the mean of `runs` inferences, in order of execution.
  Map<String, Double> layerMillis(Map<String, Tensor> fed, int runs) {
    CallbackFailure failure = new CallbackFailure();
    boolean graphsBefore = graphs;
    dropGraph();
    graphs = false;
    try (LayerTimer timer =
        new LayerTimer(
            TensorRtRelease.VERSIONED_PROFILER,
            failure,
            VirtualObject.typeInfoOf(ProcessLogger.INSTANCE.address()))) {
      run(fed, Set.of());
      context.setProfiler(new IProfiler(new NativeAddress(timer.address())));
      try {
        for (int i = 0; i < runs; i++) {
          run(fed, Set.of());
        }
      } finally {
        context.setProfiler(null);
      }
      failure.rethrow();
      Map<String, Double> sums = timer.milliseconds();
      sums.replaceAll((_, sum) -> sum / runs);
      return sums;
    } finally {
      graphs = graphsBefore;
    }
  }

  /// For the inspector, which knows formats only where shapes are set.
  IExecutionContext atOptimalShapes() {
    if (!profiles.isEmpty()) {
      profiles.getFirst().forEach((name, range) -> apply(binding(name), range.opt()));
    }
    return context;
  }

  @Override
  public void close() {
    cudart.cudaStreamSynchronize(stream);
    dropGraph();
    if (events != null) {
      events.close();
      events = null;
    }
    scope.close();
  }

  private void stage(Map<String, Tensor> fed) {
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
    if (!outputsBound) {
      bindOutputs();
    }
    for (Binding input : inputs) {
      input.stage(tensor(fed, input));
    }
  }

  private void upload() {
    for (Binding input : inputs) {
      input.upload(stream);
    }
  }

  /// The first inference of a shape runs as it is, since TensorRT may have things to set up; the
  /// second is recorded.
  private void compute() {
    if (graph == null && graphs && ranAsBound) {
      graph = CapturedGraph.capture(context, stream);
      graphs = graph != null;
    }
    if (graph != null) {
      graph.launch(stream);
      return;
    }
    long mark = ProcessLogger.LOG.mark();
    if (!context.enqueueV3(stream)) {
      throw Failures.failed("enqueueV3 failed", mark);
    }
    ranAsBound = true;
  }

  /// What was queued before an error may still use the memory that the next run writes.
  private void settle() {
    cudart.cudaStreamSynchronize(stream);
  }

  private void chooseProfile(Function<String, @Nullable Shape> shapes) {
    if (profiles.size() < 2) {
      return;
    }
    int chosen = ProfileChoice.choose(profiles, shapes);
    if (chosen >= 0 && chosen != profile) {
      long mark = ProcessLogger.LOG.mark();
      Failures.require(
          context.setOptimizationProfileAsync(chosen, stream), "choosing profile " + chosen, mark);
      synchronize();
      profile = chosen;
      dropGraph();
      for (Binding input : inputs) {
        if (!input.spec().shape().isStatic()) {
          input.forgetShape();
        }
      }
    }
  }

  private void apply(Binding input, Shape shape) {
    outputsBound = false;
    dropGraph();
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
    dropGraph();
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

  private static Map<String, Binding> bindings(
      ICudaEngine engine, List<TensorSpec> specs, NativeScope scope) {
    Map<String, Binding> bindings = new LinkedHashMap<>();
    for (TensorSpec spec : specs) {
      boolean onHost = engine.getTensorLocation(spec.name()).intern() == TensorLocation.kHOST;
      Binding binding = new Binding(spec, onHost);
      scope.onClose(binding::close);
      bindings.put(spec.name(), binding);
    }
    return bindings;
  }
}
