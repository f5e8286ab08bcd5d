// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Conditions of TensorRT's parser on If and Loop.
final class ControlFlowRestrictions {
  private ControlFlowRestrictions() {}

  static void checkIf(RestrictedNode checked) {
    Node node = checked.node();
    List<Graph> branches = node.nestedGraphs();
    if (branches.size() != 2) {
      return;
    }
    List<Value> yes = branches.get(0).outputs();
    List<Value> no = branches.get(1).outputs();
    Set<String> names = new HashSet<>();
    yes.forEach(output -> names.add(output.name()));
    for (int i = 0; i < Math.min(yes.size(), no.size()); i++) {
      if (names.contains(no.get(i).name())) {
        checked.refuse(
            "both branches have an output named '%s'".formatted(no.get(i).name()),
            "give the branches' outputs different names");
      }
      Optional<Integer> yesRank = yes.get(i).shape().map(Shape::rank);
      Optional<Integer> noRank = no.get(i).shape().map(Shape::rank);
      if (yesRank.isPresent() && noRank.isPresent() && !yesRank.equals(noRank)) {
        checked.refuse(
            "output %d has rank %d in one branch and %d in the other"
                .formatted(i, yesRank.get(), noRank.get()),
            "give both branches outputs of equal rank");
      }
    }
  }

  static void checkLoop(RestrictedNode checked) {
    Node node = checked.node();
    List<Graph> bodies = node.nestedGraphs();
    if (bodies.size() != 1) {
      return;
    }
    List<Value> inputs = bodies.getFirst().inputs();
    List<Value> outputs = bodies.getFirst().outputs();
    int carried = inputs.size() - 2;
    boolean scans = outputs.size() > 1 + carried;
    Value count = node.input(0);
    if (scans && (count.isAbsent() || count.constant().isEmpty())) {
      checked.refuse(
          "collects outputs over a number of steps that is not constant",
          "give the loop a constant trip count");
    }
    for (int i = 0; i < carried && i + 1 < outputs.size(); i++) {
      Optional<Shape> before = inputs.get(i + 2).shape();
      Optional<Shape> after = outputs.get(i + 1).shape();
      if (before.isPresent()
          && after.isPresent()
          && before.get().isStatic()
          && after.get().isStatic()
          && !before.get().equals(after.get())) {
        checked.refuse(
            "the carried value '%s' changes its shape from %s to %s"
                .formatted(inputs.get(i + 2).name(), before.get(), after.get()),
            "carry values of constant shape");
      }
    }
  }
}
