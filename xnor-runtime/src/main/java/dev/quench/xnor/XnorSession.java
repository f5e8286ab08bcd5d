// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor;

import dev.quench.graph.Value;
import dev.quench.run.ActivationTap;
import dev.quench.run.InputCheck;
import dev.quench.run.Session;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.execute.Executor;
import dev.quench.xnor.execute.ExecutorPool;
import dev.quench.xnor.execute.ThreadPool;
import dev.quench.xnor.kernel.compile.CompiledPart;
import dev.quench.xnor.plan.Program;
import dev.quench.xnor.plan.ShapedProgram;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Runs a [Program]. Thread-safe: each run has its own executor; of concurrent runs, the first uses
/// the thread pool and the others one thread each.
final class XnorSession implements Session {
  private static final int WARM_UP_ROUNDS = 2;

  /// How many input shapes keep their executors.
  private static final int SHAPES = 4;

  private final Program program;
  private final Supplier<Session> observers;
  private final InputCheck inputs;
  private final List<TensorSpec> outputs;
  private final Map<Map<String, Shape>, ExecutorPool> executors =
      new LinkedHashMap<>(16, 0.75f, true);
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final ReentrantLock poolLock = new ReentrantLock();
  private final ThreadPool pool;
  private final ThreadPool alone = new ThreadPool(1);
  private @Nullable Session observer;
  private boolean closed;

  /// @param observers opens the whole model in ONNX Runtime with its taps
  XnorSession(Program program, int threads, Supplier<Session> observers) {
    this.program = program;
    this.observers = observers;
    this.inputs = new InputCheck(specs(program.model().graph().requiredInputs()), Set.of());
    this.outputs = specs(program.model().graph().outputs());
    this.pool = new ThreadPool(threads);
  }

  @Override
  public List<TensorSpec> inputs() {
    return inputs.specs();
  }

  @Override
  public List<TensorSpec> outputs() {
    return outputs;
  }

  @Override
  public Map<String, Tensor> run(Map<String, Tensor> fed) {
    lock.readLock().lock();
    try {
      requireOpen();
      inputs.check(fed);
      ExecutorPool executors = executors(fed);
      Executor executor = executors.acquire();
      try {
        return run(executor, fed);
      } finally {
        executors.release(executor);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  /// Each run may request kernels, which are compiled in the background; once these are ready, the
  /// next run may request others.
  @Override
  public void warmUp(Map<String, Tensor> fed) {
    for (int round = 0; round < WARM_UP_ROUNDS; round++) {
      run(fed);
      CompiledPart.settle();
    }
    run(fed);
  }

  private Map<String, Tensor> run(Executor executor, Map<String, Tensor> fed) {
    if (!poolLock.tryLock()) {
      return executor.run(fed, alone);
    }
    try {
      return executor.run(fed, pool);
    } finally {
      poolLock.unlock();
    }
  }

  /// Tapped tensors come from ONNX Runtime, whose values are the same: the bit form never computes
  /// most of them.
  @Override
  public void observe(Map<String, Tensor> fed, ActivationTap tap) {
    lock.readLock().lock();
    try {
      requireOpen();
      observer().observe(fed, tap);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void close() {
    if (lock.getReadHoldCount() > 0) {
      throw new IllegalStateException("a session cannot be closed from inside its own run");
    }
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        pool.close();
        executors.values().forEach(ExecutorPool::close);
        executors.clear();
        program.close();
        if (observer != null) {
          observer.close();
        }
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("this XNOR session is closed");
    }
  }

  private synchronized Session observer() {
    if (observer == null) {
      observer = observers.get();
    }
    return observer;
  }

  private ExecutorPool executors(Map<String, Tensor> fed) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (TensorSpec input : inputs.specs()) {
      Tensor tensor = fed.get(input.name());
      if (tensor != null) {
        shapes.put(input.name(), tensor.shape());
      }
    }
    synchronized (executors) {
      ExecutorPool found = executors.get(shapes);
      if (found == null) {
        found = new ExecutorPool(new ShapedProgram(program, shapes), pool.size());
        executors.put(shapes, found);
        if (executors.size() > SHAPES) {
          Map<String, Shape> eldest = executors.keySet().iterator().next();
          Objects.requireNonNull(executors.remove(eldest)).close();
        }
      }
      return found;
    }
  }

  private static List<TensorSpec> specs(List<Value> values) {
    List<TensorSpec> specs = new ArrayList<>();
    for (Value value : values) {
      Optional<TensorSpec> spec =
          value
              .dataType()
              .map(type -> new TensorSpec(value.name(), type, value.shape().orElse(Shape.SCALAR)));
      specs.add(
          spec.orElseThrow(
              () -> new IllegalArgumentException(value + " is not a tensor of a known type")));
    }
    return List.copyOf(specs);
  }
}
