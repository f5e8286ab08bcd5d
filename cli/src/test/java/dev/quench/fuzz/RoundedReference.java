// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Rounding to FLOAT16 or BFLOAT16 emulated in FLOAT: a cast there and back behind each tensor that
/// is of the reduced type, all else computed in FLOAT.
final class RoundedReference {
  private final DataType reduced;

  RoundedReference(DataType reduced) {
    this.reduced = reduced;
  }

  /// What a lowered model computes, for those who have no kernels of the type.
  Model twin(Model lowered) {
    Rebuilding rebuilding = new Rebuilding(lowered, reduced);
    for (Node node : lowered.graph().nodes()) {
      Node copy = rebuilding.copy(node, Map.of(), i -> isReduced(node.output(i)));
      if (copy.is("Cast") && copy.intAttribute("to", 0) == reduced.onnxCode()) {
        copy.setAttribute("to", AttributeValue.of(DataType.FLOAT.onnxCode()));
      }
      round(rebuilding, node, node);
    }
    return rebuilding.finish();
  }

  /// The model before lowering, rounded where the lowered one computes in the reduced type.
  ///
  /// @return empty where a node of it is not among those of the lowered model
  Optional<Model> of(Model original, Model lowered) {
    Map<String, Node> byName = new HashMap<>();
    lowered.graph().nodes().forEach(node -> byName.put(node.name(), node));
    Rebuilding rebuilding = new Rebuilding(original, reduced);
    for (Node node : original.graph().nodes()) {
      Node other = byName.get(node.name());
      if (other == null || !other.opType().equals(node.opType())) {
        return Optional.empty();
      }
      Map<Integer, Value> rounded = new HashMap<>();
      for (int i = 0; i < node.inputs().size(); i++) {
        if (isReduced(other.input(i))) {
          rounded.put(i, rounded(rebuilding, rebuilding.of(node.input(i)), null));
        }
      }
      rebuilding.copy(node, rounded, i -> isReduced(other.output(i)));
      round(rebuilding, node, other);
    }
    return Optional.of(rebuilding.finish());
  }

  private void round(Rebuilding rebuilding, Node node, Node types) {
    for (int i = 0; i < node.outputs().size(); i++) {
      Value output = node.output(i);
      if (output.isPresent() && isReduced(types.output(i))) {
        rebuilding.map(output, rounded(rebuilding, rebuilding.of(output), output.name()));
      }
    }
  }

  private Value rounded(Rebuilding rebuilding, Value value, @Nullable String name) {
    Value there = rebuilding.append(cast(value, reduced));
    NodeBuilder back = cast(there, DataType.FLOAT);
    return name == null ? rebuilding.append(back) : rebuilding.append(back, name);
  }

  private static NodeBuilder cast(Value value, DataType type) {
    return NodeBuilder.of("Cast").attribute("to", type.onnxCode()).inputs(value);
  }

  private boolean isReduced(Value value) {
    return value.dataType().filter(type -> type == reduced).isPresent();
  }
}
