// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.internal.execute.NativeContext;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;

/// Inferences step by step, for callers that count microseconds: inputs are written straight into
/// page-locked memory, or stay on the GPU, and [#run] allocates nothing as long as shapes and
/// memory stay the same.
///
/// ```java
/// try (ExecutionContext context = engine.openContext(RunOptions.DEFAULT)) {
///   MemorySegment image = context.input("image", Shape.of(1, 3, 224, 224));
///   while (fill(image)) {
///     context.run();
///     use(context.output("logits"));
///   }
/// }
/// ```
///
/// For one thread at a time; an engine can have many. Close it before its engine, else the engine
/// does.
public final class ExecutionContext implements AutoCloseable {
  private final NativeContext context;
  private final ProfileCheck check;
  private final List<TensorSpec> outputs;
  private final Lock running;
  private final Consumer<ExecutionContext> afterClose;
  private boolean closed;

  ExecutionContext(
      NativeContext context,
      ProfileCheck check,
      List<TensorSpec> outputs,
      Lock running,
      Consumer<ExecutionContext> afterClose) {
    this.context = context;
    this.check = check;
    this.outputs = outputs;
    this.running = running;
    this.afterClose = afterClose;
  }

  /// Sets the shape of an input that comes from the host.
  ///
  /// @return page-locked memory to write the input to before each [#run]; valid until the input
  ///   gets another shape or this is closed
  /// @throws IllegalArgumentException if the engine does not serve the shape
  public MemorySegment input(String name, Shape shape) {
    TensorSpec spec = spec(check.specs(), name);
    check.check(spec, shape);
    requireOpen();
    context.reside(name, null);
    context.shape(name, shape);
    return context.staging(name);
  }

  /// Takes an input from the GPU; nothing is copied. The tensor stays the caller's, who keeps it
  /// open as long as it is used here.
  ///
  /// @throws IllegalArgumentException if type or shape do not fit
  public void input(String name, DeviceTensor tensor) {
    TensorSpec spec = spec(check.specs(), name);
    requireType(spec, tensor);
    check.check(spec, tensor.shape());
    requireOpen();
    context.reside(name, tensor.memory());
    context.shape(name, tensor.shape());
  }

  /// Leaves an output on the GPU; nothing is copied. The tensor stays the caller's, who keeps it
  /// open as long as it is used here.
  ///
  /// @throws IllegalArgumentException if its type does not fit
  public void output(String name, DeviceTensor tensor) {
    requireType(spec(outputs, name), tensor);
    requireOpen();
    context.reside(name, tensor.memory());
  }

  /// Shape of an output for the shapes that inputs have now.
  public Shape outputShape(String name) {
    spec(outputs, name);
    requireOpen();
    return context.shapeOf(name);
  }

  /// Runs one inference and waits for it.
  ///
  /// @throws TensorRtException if TensorRT or CUDA fails
  public void run() {
    running.lock();
    try {
      requireOpen();
      context.enqueue();
      context.synchronize();
    } finally {
      running.unlock();
    }
  }

  /// Hands one inference to the GPU without waiting. The caller must not touch inputs and outputs,
  /// nor exchange the engine's weights, until [#synchronize].
  public void enqueue() {
    requireOpen();
    context.enqueue();
  }

  /// Waits for what was enqueued.
  public void synchronize() {
    requireOpen();
    context.synchronize();
  }

  /// An output of the last run, in page-locked memory that the next run overwrites.
  ///
  /// @throws IllegalStateException if it stays on the GPU
  public Tensor output(String name) {
    TensorSpec spec = spec(outputs, name);
    requireOpen();
    return Tensor.of(spec.dataType(), context.shapeOf(name), context.staging(name));
  }

  /// Whether inferences are launched as a CUDA graph now: from the third of one shape on, where the
  /// engine allows it.
  public boolean isCaptured() {
    requireOpen();
    return context.isCaptured();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      context.close();
      afterClose.accept(this);
    }
  }

  void dropGraph() {
    context.dropGraph();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the execution context is closed");
    }
  }

  private static void requireType(TensorSpec spec, DeviceTensor tensor) {
    if (tensor.dataType() != spec.dataType()) {
      throw new IllegalArgumentException(
          "'%s': got type %s, expected %s"
              .formatted(spec.name(), tensor.dataType(), spec.dataType()));
    }
  }

  private static TensorSpec spec(List<TensorSpec> specs, String name) {
    for (TensorSpec spec : specs) {
      if (spec.name().equals(name)) {
        return spec;
      }
    }
    throw new IllegalArgumentException(
        "no tensor is called '%s'; there are %s".formatted(name, specs));
  }
}
