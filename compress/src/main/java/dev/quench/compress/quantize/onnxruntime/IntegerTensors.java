// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.run.AsymmetricRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Which tensors get a quantizer for the integer nodes of a graph, and whose range each has.
///
/// 1. What integer nodes read.
/// 2. What convolutions and joins compute, because their integer kernels give integers; products
///    give floats where no integer node reads them.
///
/// A tensor whose elements were only moved has the range of the tensor that they come from.
final class IntegerTensors {
  /// With a scale of 1/256, which ONNX Runtime's kernel expects.
  private static final AsymmetricRange SIGMOID = new AsymmetricRange(0, 255 / 256.0);

  private final IntegerNodes nodes;
  private final Map<Value, Value> origins = new LinkedHashMap<>();

  private IntegerTensors(IntegerNodes nodes) {
    this.nodes = nodes;
  }

  static IntegerTensors of(Graph graph, IntegerNodes nodes) {
    IntegerTensors tensors = new IntegerTensors(nodes);
    Set<Value> wanted = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      if (nodes.contains(node)) {
        wanted.addAll(nodes.dataInputs(node));
        if (!node.is("Gemm") && !node.is("MatMul")) {
          wanted.add(nodes.result(node));
        }
      }
    }
    List<Value> ordered = new ArrayList<>(graph.inputs());
    graph.nodes().forEach(node -> ordered.addAll(node.outputs()));
    ordered.stream()
        .filter(wanted::contains)
        .forEach(value -> tensors.origins.put(value, tensors.origin(value)));
    return tensors;
  }

  /// The range of what only one range can be right for, whatever the data: of a `Sigmoid`.
  static Optional<AsymmetricRange> fixedRange(Value origin) {
    return origin.producer().filter(node -> node.is("Sigmoid")).map(_ -> SIGMOID);
  }

  /// The quantized tensors in graph order, each with the tensor whose range it has.
  Map<Value, Value> origins() {
    return origins;
  }

  private Value origin(Value value) {
    Value current = value;
    Node producer = nodes.producer(current).orElse(null);
    while (producer != null && IntegerNodes.moves(producer)) {
      current = producer.input(0);
      producer = nodes.producer(current).orElse(null);
    }
    return current;
  }
}
