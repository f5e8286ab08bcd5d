// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;

/// The nodes of a model that run as instructions, and the reasons why the others stay in ONNX
/// Runtime. Immutable.
public final class Recognition {
  private final IdentityHashMap<Node, Instruction> instructions;
  private final IdentityHashMap<Node, String> reasons;
  private final Set<Node> coded;

  Recognition(
      IdentityHashMap<Node, Instruction> instructions,
      IdentityHashMap<Node, String> reasons,
      Set<Node> coded) {
    this.instructions = instructions;
    this.reasons = reasons;
    this.coded = coded;
  }

  /// @param model sorted, with types inferred; not changed
  public static Recognition of(Model model) {
    return new Recognizer(model.graph()).recognize();
  }

  /// The instruction that replaces a node; empty if the node stays in ONNX Runtime.
  public Optional<Instruction> instruction(Node node) {
    return Optional.ofNullable(instructions.get(node));
  }

  /// Whether any layer runs on bits.
  public boolean hasBinaryLayers() {
    return instructions.values().stream().anyMatch(Instruction.Convolution.class::isInstance);
  }

  /// Whether any layer runs by look-ups; then none runs on bits.
  public boolean hasLookupLayers() {
    return instructions.values().stream().anyMatch(Instruction.Lookup.class::isInstance);
  }

  /// Whether a node is a layer of words and codes that stays in ONNX Runtime.
  public boolean isCodedInOnnxRuntime(Node node) {
    return coded.contains(node);
  }

  /// Why a node stays in ONNX Runtime; a phrase without a full stop.
  public String reason(Node node) {
    return reasons.getOrDefault(node, "not part of a binary layer");
  }
}
