// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The sizes that `Reshape`, `Expand` or `Resize` read from an input: a constant, or a `Concat` of
/// constants and of sizes that the graph computes.
final class TargetSizes {
  /// The constant at one place, and where it is kept.
  private record Element(@Nullable Long constant, int part, int place) {}

  private final Node node;
  private final int input;
  private final List<Element> elements;

  private TargetSizes(Node node, int input, List<Element> elements) {
    this.node = node;
    this.input = input;
    this.elements = elements;
  }

  /// @return empty if not even the number of sizes is known
  static Optional<TargetSizes> of(Node node, int input) {
    Value sizes = node.input(input);
    List<Element> elements = new ArrayList<>();
    Node producer = sizes.isAbsent() ? null : sizes.producer().orElse(null);
    List<Value> parts =
        producer != null && producer.is("Concat") ? producer.inputs() : List.of(sizes);
    for (int part = 0; part < parts.size(); part++) {
      Optional<long[]> constant = SmallConstants.of(parts.get(part));
      long count =
          constant.isPresent()
              ? constant.get().length
              : parts.get(part).shape().filter(s -> s.isStatic() && s.rank() == 1).isPresent()
                  ? parts.get(part).shape().map(Shape::elements).orElse(0L)
                  : -1;
      if (count < 0) {
        return Optional.empty();
      }
      for (int place = 0; place < count; place++) {
        elements.add(new Element(constant.isPresent() ? constant.get()[place] : null, part, place));
      }
    }
    return Optional.of(new TargetSizes(node, input, elements));
  }

  int count() {
    return elements.size();
  }

  /// The size at a place, if it is constant.
  Optional<Long> get(int place) {
    return place < elements.size()
        ? Optional.ofNullable(elements.get(place).constant())
        : Optional.empty();
  }

  /// Replaces constant sizes, for this node alone.
  ///
  /// @param changed by place
  void set(Map<Integer, Long> changed) {
    Value sizes = node.input(input);
    Node producer = sizes.producer().orElse(null);
    if (producer == null || !producer.is("Concat")) {
      node.setInput(input, replaced(sizes, 0, changed));
      return;
    }
    List<Value> parts = new ArrayList<>(producer.inputs());
    for (int part = 0; part < parts.size(); part++) {
      if (changes(part, changed)) {
        parts.set(part, replaced(parts.get(part), part, changed));
      }
    }
    Value joined =
        node.graph()
            .insertBefore(
                node,
                NodeBuilder.of("Concat")
                    .name(node.graph().uniqueNodeName(node.output(0).name() + "_sizes"))
                    .inputs(parts)
                    .attribute("axis", 0)
                    .output(node.graph().uniqueName(node.output(0).name() + "_sizes")))
            .output(0);
    node.setInput(input, joined);
  }

  private boolean changes(int part, Map<Integer, Long> changed) {
    return changed.keySet().stream().anyMatch(place -> elements.get(place).part() == part);
  }

  private Value replaced(Value part, int number, Map<Integer, Long> changed) {
    long[] values = SmallConstants.of(part).orElseThrow();
    for (int place = 0; place < elements.size(); place++) {
      Element element = elements.get(place);
      if (element.part() == number && changed.containsKey(place)) {
        values[element.place()] = changed.get(place);
      }
    }
    return node.graph().addConstant(node.output(0).name() + "_size", Tensor.vector(values));
  }
}
