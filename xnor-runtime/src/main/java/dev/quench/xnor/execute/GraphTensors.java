// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// The tensors that ONNX Runtime reads and computes during a run, model inputs included. The memory
/// of a computed tensor is valid only during its handover, so consumers copy what they need then.
final class GraphTensors {
  private final IdentityHashMap<Value, Tensor> tensors = new IdentityHashMap<>();
  private final IdentityHashMap<Value, List<TensorConsumer>> consumers = new IdentityHashMap<>();
  private final Set<Value> kept = Collections.newSetFromMap(new IdentityHashMap<>());

  void addConsumer(Value value, TensorConsumer consumer) {
    consumers.computeIfAbsent(value, _ -> new ArrayList<>()).add(consumer);
  }

  /// Makes [#handOver] copy this value, for a later [#get].
  void keep(Value value) {
    if (kept.add(value)) {
      addConsumer(value, (tensor, _) -> tensors.put(value, copy(tensor)));
    }
  }

  /// Sets a tensor whose memory stays valid for the whole run.
  void put(Value value, Tensor tensor) {
    tensors.put(value, tensor);
  }

  boolean contains(Value value) {
    return tensors.containsKey(value);
  }

  Tensor get(Value value) {
    return Objects.requireNonNull(tensors.get(value));
  }

  /// Passes a value to all its consumers.
  void handOver(Value value, Tensor tensor, ThreadPool pool) {
    List<TensorConsumer> receivers = consumers.get(value);
    if (receivers != null) {
      for (TensorConsumer consumer : receivers) {
        consumer.accept(tensor, pool);
      }
    }
  }

  static Tensor copy(Tensor tensor) {
    if (tensor.dataType() == DataType.STRING) {
      return tensor;
    }
    MemorySegment memory = MemorySegment.ofArray(new byte[Math.toIntExact(tensor.byteSize())]);
    return Tensor.of(tensor.dataType(), tensor.shape(), memory.copyFrom(tensor.bytes()));
  }
}
