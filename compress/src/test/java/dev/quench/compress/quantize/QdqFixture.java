// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import static dev.quench.compress.Equivalence.randomInputs;
import static dev.quench.compress.Equivalence.relativeError;
import static dev.quench.compress.Equivalence.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.run.QuantizationRanges;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import java.util.OptionalDouble;

/// A model that Q/DQ nodes are inserted into.
abstract class QdqFixture {
  static final QuantizationRanges FOUR = _ -> OptionalDouble.of(4);

  static final QdqOptions ALL = QdqOptions.DEFAULT.withDepthwise(true).withSmallLayers(true);

  final GraphMaker fixture = new GraphMaker();

  static QuantizationRanges ranges(Map<String, Double> thresholds) {
    return name ->
        thresholds.containsKey(name)
            ? OptionalDouble.of(thresholds.get(name))
            : OptionalDouble.empty();
  }

  QuantizationReport insert(QuantizationRanges ranges, QdqOptions options) {
    Model model = fixture.model();
    QuantizationReport report = new InsertQdq(ranges, options).apply(model);
    GraphValidator.validate(model);
    return report;
  }

  Node node(String opType) {
    return fixture.graph().nodes().stream().filter(n -> n.is(opType)).findFirst().orElseThrow();
  }

  Value convolution(String name, Value x) {
    return fixture.add(
        "Conv", name, x, fixture.weights(name + ".w", 4, 3, 1, 1), fixture.weights(name + ".b", 4));
  }

  /// Within what INT8 of normally distributed data loses.
  void assertAlmostSame(Model before) {
    Map<String, Tensor> inputs = randomInputs(before, 5);
    Tensor expected = run(before, inputs).get("y");
    Tensor actual = run(fixture.model(), inputs).get("y");
    assertThat(relativeError(expected, actual)).isLessThan(0.03);
  }
}
