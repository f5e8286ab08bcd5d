// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import static dev.quench.compress.Equivalence.opTypes;
import static dev.quench.compress.Equivalence.randomInputs;
import static dev.quench.compress.Equivalence.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import org.junit.jupiter.api.Test;

/// Names of inserted nodes and values.
class QdqNamesTest extends QdqFixture {
  @Test
  void namesNodesApartWhereTiedWeightsAreQuantizedAlongBothAxes() {
    Value x = fixture.input("x", 16, 32);
    Value tied = fixture.weights("w", 32, 32);
    Value hidden = fixture.add("MatMul", "h", x, tied);
    fixture.outputs(fixture.add(NodeBuilder.of("Gemm").attribute("transB", 1), "y", hidden, tied));

    insert(FOUR, ALL);

    assertThat(fixture.graph().nodes()).extracting(Node::name).doesNotHaveDuplicates();
    assertThat(opTypes(fixture.model()).stream().filter("DequantizeLinear"::equals)).hasSize(4);
    run(fixture.model(), randomInputs(fixture.model(), 3));
  }

  @Test
  void namesNodesApartFromThoseOfTheModel() {
    Value x = fixture.input("x", 16, 32);
    Value y = fixture.add("MatMul", "y", x, fixture.weights("w", 32, 32));
    fixture.outputs(y);
    fixture.node("y").setName("w_DequantizeLinear");

    insert(FOUR, ALL);

    assertThat(fixture.graph().nodes()).extracting(Node::name).doesNotHaveDuplicates();
  }
}
