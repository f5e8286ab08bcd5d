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

  /// @param running held whenever the context is used, so that the engine can keep others out
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

  /// Sets the shape of an input that comes from the host. Where the engine has several profiles,
  /// the shapes of all inputs together choose one at the next [#run].
  ///
  /// @return page-locked memory to write the input to before each [#run]; valid until the input
  ///   gets another shape or this is closed, then access is an [IllegalStateException]
  /// @throws IllegalArgumentException if the engine does not serve the shape
  public MemorySegment input(String name, Shape shape) {
    TensorSpec spec = spec(check.specs(), name);
    check.check(spec, shape);
    return whileOpen(() -> {
      context.input(name, shape, null);
      return context.staging(name);
    });
  }

  /// Takes an input from the GPU; nothing is copied. The tensor stays the caller's, who keeps it
  /// open as long as it is used here.
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

  /// Leaves an output on the GPU; nothing is copied. The tensor stays the caller's, who keeps it
  /// open as long as it is used here.
  ///
  /// @throws IllegalArgumentException if its type does not fit
  public void output(String name, DeviceTensor tensor) {
    requireType(spec(outputs, name), tensor);
    whileOpen(() -> {
      context.output(name, tensor.memory());
      return tensor;
    });
  }

  /// Shape of an output for the shapes that inputs have now.
  ///
  /// @throws IllegalArgumentException if no profile serves the shapes of all inputs together
  public Shape outputShape(String name) {
    spec(outputs, name);
    return whileOpen(() -> context.shapeOf(name));
  }

  /// Runs one inference and waits for it.
  ///
  /// @throws IllegalStateException if an input has no shape yet, or a tensor that is used here was
  ///   closed
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

  /// Hands one inference to the GPU without waiting. The caller must not touch inputs and outputs
  /// until [#synchronize].
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

  /// Waits for what was enqueued.
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

  /// Whether inferences are launched as a CUDA graph now: from the third of one shape on, where the
  /// engine allows it.
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

  /// Waits for what was enqueued; nothing else uses this meanwhile.
  void settle() {
    context.synchronize();
  }

  /// Nothing else uses this meanwhile.
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
