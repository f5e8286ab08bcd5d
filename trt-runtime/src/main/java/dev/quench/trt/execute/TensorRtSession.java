// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.run.ActivationTap;
import dev.quench.run.StageTimes;
import dev.quench.run.StagedSession;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Tensor;
import dev.quench.trt.internal.execute.InferenceContext;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/// A session on a pool of execution contexts: several threads run at once, up to the pool's limit.
final class TensorRtSession implements StagedSession {
  private final ContextPool contexts;
  private final ProfileCheck check;
  private final List<TensorSpec> outputs;
  private final Set<String> outputNames;
  private final Taps taps;
  private final Lock running;
  private final Consumer<TensorRtSession> afterClose;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final ThreadLocal<Boolean> tapping = ThreadLocal.withInitial(() -> false);

  /// @param contexts owned from now on
  /// @param running held during an inference, so the engine can wait for it
  /// @param afterClose runs once, after the contexts were closed
  TensorRtSession(
      ContextPool contexts,
      ProfileCheck check,
      List<TensorSpec> outputs,
      Taps taps,
      Lock running,
      Consumer<TensorRtSession> afterClose) {
    this.contexts = contexts;
    this.check = check;
    this.outputs = List.copyOf(outputs);
    this.outputNames =
        outputs.stream().map(TensorSpec::name).collect(Collectors.toCollection(LinkedHashSet::new));
    this.taps = taps;
    this.running = running;
    this.afterClose = afterClose;
  }

  @Override
  public List<TensorSpec> inputs() {
    return check.specs();
  }

  @Override
  public List<TensorSpec> outputs() {
    return outputs;
  }

  @Override
  public Map<String, Tensor> run(Map<String, Tensor> inputs) {
    return infer(
        inputs,
        context -> {
          Map<String, Tensor> results = new LinkedHashMap<>();
          context
              .run(inputs, outputNames)
              .forEach((name, tensor) -> results.put(name, copy(tensor)));
          return results;
        });
  }

  @Override
  public StageTimes time(Map<String, Tensor> inputs) {
    return infer(inputs, context -> context.time(inputs, outputNames));
  }

  @Override
  public void observe(Map<String, Tensor> inputs, ActivationTap tap) {
    var _ =
        infer(
            inputs,
            context -> {
              Map<String, Tensor> staged = context.run(inputs, taps.engineOutputs());
              tapping.set(true);
              try {
                staged.forEach(tap::accept);
                taps.inputs().forEach(name -> tap.accept(name, fed(inputs, name)));
                taps.constants().forEach(tap::accept);
              } finally {
                tapping.remove();
              }
              return true;
            });
  }

  @Override
  public void close() {
    requireNoTap();
    contexts.close();
    if (closed.compareAndSet(false, true)) {
      afterClose.accept(this);
    }
  }

  /// Drops the recorded graphs of its contexts; nothing runs.
  void dropGraphs() {
    contexts.dropGraphs();
  }

  /// @param use runs while the context belongs to this caller
  private <T> T infer(Map<String, Tensor> inputs, Function<InferenceContext, T> use) {
    requireNoTap();
    if (closed.get()) {
      throw new IllegalStateException("the TensorRT session is closed");
    }
    check.check(inputs);
    running.lock();
    try {
      InferenceContext context = contexts.take();
      try {
        return use.apply(context);
      } finally {
        contexts.give(context);
      }
    } finally {
      running.unlock();
    }
  }

  private void requireNoTap() {
    if (tapping.get()) {
      throw new IllegalStateException("a tap must not run or close the session that calls it");
    }
  }

  private static Tensor fed(Map<String, Tensor> inputs, String name) {
    Tensor tensor = inputs.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("input '" + name + "' is missing");
    }
    return tensor;
  }

  private static Tensor copy(Tensor staged) {
    MemorySegment source = staged.bytes();
    MemorySegment target =
        source.byteSize() <= Integer.MAX_VALUE - 8
            ? MemorySegment.ofArray(new byte[(int) source.byteSize()])
            : Arena.ofAuto().allocate(source.byteSize());
    target.copyFrom(source);
    return Tensor.of(staged.dataType(), staged.shape(), target);
  }
}
