// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import dev.quench.run.StageTimes;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.internal.CallbackFailure;
import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.NativeAddress;
import dev.quench.trt.internal.NativeCounters;
import dev.quench.trt.internal.NativeDeviceMemory;
import dev.quench.trt.internal.ProcessLogger;
import dev.quench.trt.internal.VirtualObject;
import dev.quench.trt.internal.build.NativeScope;
import dev.quench.trt.internal.build.TensorRtRelease;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.bytedeco.tensorrt.nvinfer.IProfiler;
import org.jspecify.annotations.Nullable;

/// One execution context with its stream and its memory. Memory is allocated when a shape first
/// needs it and then reused: an inference with the shapes of the previous one allocates nothing.
/// For one thread at a time.
public final class NativeContext implements InferenceContext {
  private final NativeScope scope = new NativeScope();
  private final IExecutionContext context;
  private final CUstream_st stream;
  private final ContextTensors tensors;
  private boolean graphs;
  private boolean ranAsBound;
  private @Nullable CapturedGraph graph;
  private @Nullable StageEvents events;

  private NativeContext(
      ICudaEngine engine,
      List<TensorSpec> inputs,
      List<TensorSpec> outputs,
      List<Map<String, ShapeRange>> profiles,
      boolean graphs) {
    this.graphs = graphs;
    try (NativeScope building = new NativeScope()) {
      long mark = ProcessLogger.LOG.mark();
      this.context = building.own(engine.createExecutionContext(), "createExecutionContext", mark);
      this.stream = stream(building);
      this.tensors =
          new ContextTensors(
              engine, context, stream, inputs, outputs, profiles, building, this::dropGraph);
      scope.takeOver(building);
    }
  }

  /// @param graphs whether it may record inferences as CUDA graphs
  static NativeContext create(
      ICudaEngine engine,
      List<TensorSpec> inputs,
      List<TensorSpec> outputs,
      List<Map<String, ShapeRange>> profiles,
      boolean graphs) {
    return new NativeContext(engine, inputs, outputs, profiles, graphs);
  }

  // ---- inferences on tensors of the host ----

  @Override
  public Map<String, Tensor> run(Map<String, Tensor> fed, Set<String> wanted) {
    tensors.stage(fed);
    try {
      tensors.upload();
      compute();
      tensors.download(wanted);
    } catch (RuntimeException | Error e) {
      settle();
      throw e;
    }
    synchronize();
    return tensors.staged(wanted);
  }

  @Override
  public StageTimes time(Map<String, Tensor> fed, Set<String> wanted) {
    if (events == null) {
      events = new StageEvents();
    }
    StageEvents marks = events;
    long start = System.nanoTime();
    tensors.stage(fed);
    long enqueueNanos;
    try {
      marks.record(0, stream);
      tensors.upload();
      marks.record(1, stream);
      long before = System.nanoTime();
      compute();
      enqueueNanos = System.nanoTime() - before;
      marks.record(2, stream);
      tensors.download(wanted);
      marks.record(3, stream);
    } catch (RuntimeException | Error e) {
      settle();
      throw e;
    }
    synchronize();
    double hostNanos = System.nanoTime() - start;
    return new StageTimes(
        marks.millis(0), marks.millis(1), marks.millis(2), enqueueNanos / 1e6, hostNanos / 1e6);
  }

  // ---- inferences step by step ----

  /// Sets the shape of an input; the caller has checked it.
  ///
  /// @param memory of the caller's on the device; null for staging memory
  public void input(String name, Shape shape, @Nullable NativeDeviceMemory memory) {
    tensors.input(name, shape, memory);
  }

  /// @param memory of the caller's on the device; null for staging memory
  public void output(String name, @Nullable NativeDeviceMemory memory) {
    tensors.output(name, memory);
  }

  /// Staging memory of a tensor for its current shape; valid until that changes.
  public MemorySegment staging(String name) {
    return tensors.staging(name);
  }

  /// The shape of a tensor; for an output, known once all inputs have shapes.
  ///
  /// @throws IllegalStateException if an input has none yet
  public Shape shapeOf(String name) {
    return tensors.shapeOf(name);
  }

  /// Enqueues one inference: copies of staged inputs, the engine, copies of staged outputs.
  /// Allocates nothing if shapes and memory are unchanged.
  ///
  /// @throws IllegalStateException if an input has no shape yet, or a caller closed its memory
  /// @throws IllegalArgumentException if no profile serves the shapes of all inputs together
  public void enqueue() {
    tensors.ready();
    try {
      tensors.upload();
      compute();
      tensors.download();
    } catch (RuntimeException | Error e) {
      settle();
      throw e;
    }
  }

  /// Waits for enqueued inferences.
  public void synchronize() {
    int code = cudart.cudaStreamSynchronize(stream);
    if (code != cudart.cudaSuccess) {
      Failures.requireCuda(code, "running the engine");
    }
  }

  /// Whether inferences currently run as a CUDA graph.
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

  /// The time of each layer in milliseconds, as the mean of `runs` inferences, in order of
  /// execution.
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

  /// For the inspector, which reports formats only if shapes are set.
  IExecutionContext atOptimalShapes() {
    tensors.shapeOptimally();
    return context;
  }

  @Override
  public void close() {
    if (!context.isNull()) {
      cudart.cudaStreamSynchronize(stream);
    }
    dropGraph();
    if (events != null) {
      events.close();
      events = null;
    }
    scope.close();
  }

  /// The first inference of a shape runs without recording, since TensorRT may have to set up
  /// resources; the second is recorded.
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

  /// Work enqueued before an error may still use the memory that the next run writes.
  private void settle() {
    cudart.cudaStreamSynchronize(stream);
  }

  private static CUstream_st stream(NativeScope scope) {
    CUstream_st stream = new CUstream_st();
    Failures.requireCuda(
        cudart.cudaStreamCreateWithFlags(stream, cudart.cudaStreamNonBlocking),
        "creating a stream");
    NativeCounters.created(NativeCounters.Kind.STREAM);
    scope.onClose(() -> {
      cudart.cudaStreamDestroy(stream);
      NativeCounters.freed(NativeCounters.Kind.STREAM);
    });
    return stream;
  }
}
