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

/// The tensors of the graph that ONNX Runtime reads and computes during a run, inputs of the model
/// included. Memory of what it computes is valid only while it is handed over, so consumers take
/// over then what they need.
final class GraphTensors {
  private final IdentityHashMap<Value, Tensor> tensors = new IdentityHashMap<>();
  private final IdentityHashMap<Value, List<TensorConsumer>> consumers = new IdentityHashMap<>();
  private final Set<Value> kept = Collections.newSetFromMap(new IdentityHashMap<>());

  void addConsumer(Value value, TensorConsumer consumer) {
    consumers.computeIfAbsent(value, _ -> new ArrayList<>()).add(consumer);
  }

  /// Copies a value when it is handed over, for a later [#get].
  void keep(Value value) {
    if (kept.add(value)) {
      addConsumer(value, (tensor, _) -> tensors.put(value, copy(tensor)));
    }
  }

  /// Sets a tensor whose memory is valid for the whole run.
  void put(Value value, Tensor tensor) {
    tensors.put(value, tensor);
  }

  boolean contains(Value value) {
    return tensors.containsKey(value);
  }

  Tensor get(Value value) {
    return Objects.requireNonNull(tensors.get(value));
  }

  /// Lets all consumers of a value take over what they need.
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
