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
import java.util.function.Supplier;

/// Low-level inferences with minimal latency: inputs are written directly to page-locked memory, or
/// stay on the GPU, and [#run] allocates nothing while shapes and memory stay the same.
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
/// For one thread at a time; an engine can have many. Close it before its engine, or the engine
/// closes it.
public final class ExecutionContext implements AutoCloseable {
  private final NativeContext context;
  private final ProfileCheck check;
  private final List<TensorSpec> outputs;
  private final Lock running;
  private final Consumer<ExecutionContext> afterClose;
  private boolean closed;

  /// @param running held during every use of the context, so the engine can wait for it
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

  /// Sets the shape of an input from the host. If the engine has several profiles, the shapes of
  /// all inputs together select one at the next [#run].
  ///
  /// @return page-locked memory to write the input to before each [#run]; valid until the input
  ///   gets another shape or this is closed; later access throws [IllegalStateException]
  /// @throws IllegalArgumentException if the engine does not support the shape
  public MemorySegment input(String name, Shape shape) {
    TensorSpec spec = spec(check.specs(), name);
    check.check(spec, shape);
    return whileOpen(() -> {
      context.input(name, shape, null);
      return context.staging(name);
    });
  }

  /// Reads an input from the GPU without a copy. The caller owns the tensor and keeps it open while
  /// it is in use here.
  ///
  /// @throws IllegalArgumentException if type or shape do not fit
  public void input(String name, DeviceTensor tensor) {
    TensorSpec spec = spec(check.specs(), name);
    requireType(spec, tensor);
    check.check(spec, tensor.shape());
    whileOpen(() -> {
      context.input(name, tensor.shape(), tensor.memory());
      return tensor;
    });
  }

  /// Leaves an output on the GPU without a copy. The caller owns the tensor and keeps it open while
  /// it is in use here.
  ///
  /// @throws IllegalArgumentException if its type does not fit
  public void output(String name, DeviceTensor tensor) {
    requireType(spec(outputs, name), tensor);
    whileOpen(() -> {
      context.output(name, tensor.memory());
      return tensor;
    });
  }

  /// The shape of an output for the current shapes of the inputs.
  ///
  /// @throws IllegalArgumentException if no profile serves the shapes of all inputs together
  public Shape outputShape(String name) {
    spec(outputs, name);
    return whileOpen(() -> context.shapeOf(name));
  }

  /// Runs one inference and waits for it.
  ///
  /// @throws IllegalStateException if an input has no shape yet, or a tensor in use was closed
  /// @throws IllegalArgumentException if no profile serves the shapes of all inputs together
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

  /// Enqueues one inference on the GPU without waiting. The caller must not touch inputs and
  /// outputs until [#synchronize].
  ///
  /// @throws IllegalStateException as [#run]
  public void enqueue() {
    running.lock();
    try {
      requireOpen();
      context.enqueue();
    } finally {
      running.unlock();
    }
  }

  /// Waits for enqueued inferences.
  public void synchronize() {
    running.lock();
    try {
      requireOpen();
      context.synchronize();
    } finally {
      running.unlock();
    }
  }

  /// An output of the last run, in page-locked memory that the next run overwrites.
  ///
  /// @throws IllegalStateException if it stays on the GPU
  public Tensor output(String name) {
    TensorSpec spec = spec(outputs, name);
    return whileOpen(
        () -> Tensor.of(spec.dataType(), context.shapeOf(name), context.staging(name)));
  }

  /// Whether inferences currently run as a CUDA graph: from the third inference of one shape on, if
  /// the engine allows it.
  public boolean isCaptured() {
    return whileOpen(context::isCaptured);
  }

  @Override
  public void close() {
    running.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      context.close();
    } finally {
      running.unlock();
    }
    afterClose.accept(this);
  }

  /// Waits for enqueued inferences; nothing else uses this meanwhile.
  void settle() {
    context.synchronize();
  }

  /// Drops the recorded graph; nothing else uses this meanwhile.
  void dropGraph() {
    context.dropGraph();
  }

  private <T> T whileOpen(Supplier<T> action) {
    running.lock();
    try {
      requireOpen();
      return action.get();
    } finally {
      running.unlock();
    }
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
        "unknown tensor '%s'; expected one of %s".formatted(name, specs));
  }
}
