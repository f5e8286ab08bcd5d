// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import dev.quench.digest.Sha256;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a region computes, but for names and the numbers in its weights.
final class RegionPattern {
  private final IdentityHashMap<Value, String> names = new IdentityHashMap<>();
  private final StringBuilder text = new StringBuilder();

  private RegionPattern() {}

  /// @param nodes of the region in graph order
  /// @param quantizable those of them that can be quantized
  /// @return SHA-256 of operators, attributes, wiring and shapes
  static String of(List<Node> nodes, List<QuantizableNode> quantizable) {
    RegionPattern pattern = new RegionPattern();
    nodes.forEach(pattern::add);
    quantizable.forEach(each -> pattern.text.append(each.kind()).append('\n'));
    return Sha256.hex(pattern.text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private void add(Node node) {
    text.append(node.domain()).append(':').append(node.opType());
    Map<String, AttributeValue> attributes = new TreeMap<>(node.attributes());
    attributes.forEach((name, value) -> text.append(' ').append(name).append('=').append(value));
    for (Value input : node.inputs()) {
      text.append(" <").append(input.isAbsent() ? "-" : read(input));
    }
    for (Value output : node.outputs()) {
      names.putIfAbsent(output, "v" + names.size());
      text.append(" >").append(names.get(output)).append(shape(output));
    }
    text.append('\n');
  }

  private String read(Value input) {
    return input
        .constant()
        .map(RegionPattern::constant)
        .orElseGet(() -> names.computeIfAbsent(input, _ -> "v" + names.size()) + shape(input));
  }

  private static String shape(Value value) {
    return value.shape().map(Shape::toString).orElse("?");
  }

  /// A single number, and what holds sizes or axes, decides what is computed; weights do not.
  private static String constant(Tensor tensor) {
    boolean counts = tensor.elements() == 1 || tensor.dataType() == DataType.INT64;
    return counts ? tensor.toString() : tensor.dataType() + " " + tensor.shape();
  }
}
