// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.Match;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.graph.shape.ShapeInference;
import java.util.List;

/// Chooses how training treats the signs of a network: `Where(x ≥ 0, +1, −1)` → `Sign(x)` of
/// [TrainingOps]. [LowerBinary] brings the plain form back. Immutable.
public final class ChooseSigns implements Transformation<Integer> {
  private final SignGradient gradient;
  private final boolean stochastic;

  /// @param stochastic whether training draws +1 with the probability clip((x + 1) / 2, 0, 1) and
  ///   −1 otherwise; evaluation and export take the sign. Source: Hubara et al., Binarized Neural
  ///   Networks, NIPS 2016, eq. 2
  /// @throws IllegalArgumentException if both a polynomial gradient, which approximates the sign,
  ///   and draws are asked for
  public ChooseSigns(SignGradient gradient, boolean stochastic) {
    if (stochastic && gradient != SignGradient.CLIPPED) {
      throw new IllegalArgumentException(
          "drawn signs take the clipped gradient; the polynomial one approximates the sign itself");
    }
    this.gradient = gradient;
    this.stochastic = stochastic;
  }

  @Override
  public String name() {
    return "choose-signs";
  }

  /// @return number of signs
  @Override
  public Integer apply(Model model) {
    ShapeInference.infer(model);
    Graph graph = model.graph();
    int signs = 0;
    for (Node node : List.copyOf(graph.nodes())) {
      if (node.is("Where") && SignPattern.of(node) instanceof Match.Found<Value>(Value source)) {
        replace(graph, node, source);
        signs++;
      }
    }
    if (signs > 0) {
      graph.setOpsets(graph.opsets().with(TrainingOps.DOMAIN, 1));
    }
    return signs;
  }

  private void replace(Graph graph, Node where, Value source) {
    Value condition = where.input(0);
    Value output = where.output(0);
    Node sign =
        graph.insertBefore(
            where,
            NodeBuilder.of(TrainingOps.SIGN)
                .domain(TrainingOps.DOMAIN)
                .name(where.name())
                .attribute(TrainingOps.GRADIENT, gradient.name())
                .attribute(TrainingOps.STOCHASTIC, stochastic ? 1 : 0)
                .inputs(source)
                .output(graph.uniqueName(output.name()), output.type().orElse(null)));
    graph.adoptOutput(sign, 0, output);
    graph.remove(where);
    if (condition.isUnused()) {
      graph.remove(condition.producer().orElseThrow());
    }
  }
}
