// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.run.ActivationTap;
import dev.quench.run.Session;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Tensor;
import dev.quench.trt.internal.NativeContext;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/// One execution context behind a lock: callers of several threads take turns.
final class TensorRtSession implements Session {
  private final NativeContext context;
  private final InputCheck check;
  private final List<TensorSpec> outputs;
  private final Set<String> outputNames;
  private final Taps taps;
  private final Consumer<TensorRtSession> afterClose;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed;

  /// @param context taken over
  /// @param afterClose runs once, after the context was closed
  TensorRtSession(
      NativeContext context,
      InputCheck check,
      List<TensorSpec> outputs,
      Taps taps,
      Consumer<TensorRtSession> afterClose) {
    this.context = context;
    this.check = check;
    this.outputs = List.copyOf(outputs);
    this.outputNames =
        outputs.stream().map(TensorSpec::name).collect(Collectors.toCollection(LinkedHashSet::new));
    this.taps = taps;
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
        outputNames,
        staged -> {
          Map<String, Tensor> results = new LinkedHashMap<>();
          staged.forEach((name, tensor) -> results.put(name, copy(tensor)));
          return results;
        });
  }

  @Override
  public void observe(Map<String, Tensor> inputs, ActivationTap tap) {
    var _ =
        infer(
            inputs,
            taps.engineOutputs(),
            staged -> {
              staged.forEach(tap::accept);
              taps.inputs().forEach(name -> tap.accept(name, fed(inputs, name)));
              taps.constants().forEach(tap::accept);
              return true;
            });
  }

  @Override
  public void close() {
    lock.lock();
    try {
      requireNoTap();
      if (closed) {
        return;
      }
      closed = true;
      context.close();
    } finally {
      lock.unlock();
    }
    afterClose.accept(this);
  }

  /// @param use gets tensors in staging memory while the lock is held
  private <T> T infer(
      Map<String, Tensor> inputs, Set<String> wanted, Function<Map<String, Tensor>, T> use) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the TensorRT session is closed");
      }
      requireNoTap();
      check.check(inputs);
      return use.apply(context.run(inputs, wanted));
    } finally {
      lock.unlock();
    }
  }

  private void requireNoTap() {
    if (lock.getHoldCount() > 1) {
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
