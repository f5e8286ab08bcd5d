// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;
import static dev.quench.compress.Equivalence.opTypes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.Fixture;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import org.junit.jupiter.api.Test;

class EliminateCommonSubexpressionsTest {
  private final Fixture fixture = new Fixture();
  private final EliminateCommonSubexpressions pass = new EliminateCommonSubexpressions();
  private final Value x = fixture.input("x", 2, 3);

  @Test
  void computesEqualNodesOnce() {
    Value a = fixture.add("Relu", "a", x);
    Value b = fixture.add("Relu", "b", x);
    fixture.outputs(fixture.add("Add", "y", a, b));

    assertRewrites(pass, fixture, "Relu", "Add");
  }

  @Test
  void mergesWholeChains() {
    Value a = fixture.add("Neg", "na", fixture.add("Relu", "a", x));
    Value b = fixture.add("Neg", "nb", fixture.add("Relu", "b", x));
    fixture.outputs(fixture.add("Add", "y", a, b));

    assertRewrites(pass, fixture, "Relu", "Neg", "Add");
  }

  @Test
  void keepsTheNameOfAGraphOutput() {
    Value a = fixture.add("Relu", "a", x);
    Value z = fixture.add("Neg", "z", a);
    Value b = fixture.add("Relu", "b", x);
    fixture.outputs(z, b, fixture.add("Neg", "w", b));

    assertRewrites(pass, fixture, "Relu", "Neg", "Neg");
  }

  @Test
  void comparesTensorAttributesByContent() {
    Value shape = fixture.constant("shape", Tensor.vector(3));
    Value a =
        fixture.add(
            NodeBuilder.of("ConstantOfShape")
                .attribute("value", AttributeValue.of(Tensor.ofLongs(Shape.of(1), 7))),
            "a",
            shape);
    Value b =
        fixture.add(
            NodeBuilder.of("ConstantOfShape")
                .attribute("value", AttributeValue.of(Tensor.vector(7))),
            "b",
            shape);
    fixture.outputs(fixture.add("Add", "y", a, b));
    fixture.graph().outputs().getFirst().setType(null);

    assertThat(pass.apply(fixture.model())).isTrue();
    assertThat(opTypes(fixture.model())).containsExactly("ConstantOfShape", "Add");
  }

  @Test
  void keepsNodesWithOtherAttributes() {
    Value a = fixture.add(NodeBuilder.of("LeakyRelu").attribute("alpha", 0.1f), "a", x);
    Value b = fixture.add(NodeBuilder.of("LeakyRelu").attribute("alpha", 0.2f), "b", x);
    fixture.outputs(fixture.add("Add", "y", a, b));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsRandomNodes() {
    Value a = fixture.add("RandomNormalLike", "a", x);
    Value b = fixture.add("RandomNormalLike", "b", x);
    fixture.outputs(fixture.add("Add", "y", a, b));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsForeignDomains() {
    Value a = fixture.add(NodeBuilder.of("Counter").domain("acme"), "a", x);
    Value b = fixture.add(NodeBuilder.of("Counter").domain("acme"), "b", x);
    fixture.outputs(fixture.add("Add", "y", a, b));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsTwoGraphOutputs() {
    fixture.outputs(fixture.add("Relu", "a", x), fixture.add("Relu", "b", x));

    assertLeaves(pass, fixture);
  }
}
