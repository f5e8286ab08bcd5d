// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;

class EliminateDeadNodesTest {
  private final GraphMaker fixture = new GraphMaker();
  private final EliminateDeadNodes pass = new EliminateDeadNodes();
  private final Value x = fixture.input("x", 2, 3);

  @Test
  void removesAChainThatNobodyReads() {
    fixture.outputs(fixture.add("Relu", "y", x));
    fixture.add("Exp", "c", fixture.add("Mul", "b", x, fixture.weights("w", 3)));

    assertRewrites(pass, fixture, "Relu");
    assertThat(fixture.graph().initializers()).isEmpty();
  }

  @Test
  void removesUnusedInitializers() {
    fixture.outputs(fixture.add("Relu", "y", x));
    fixture.weights("w", 3);

    assertRewrites(pass, fixture, "Relu");
    assertThat(fixture.graph().initializers()).isEmpty();
  }

  @Test
  void keepsInputsAndTheirDefaults() {
    fixture.input("unused", 2);
    fixture.input("w", 3);
    fixture.weights("w", 3);
    fixture.outputs(fixture.add("Relu", "y", x));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsInitializersThatAnAnnotationNames() {
    Value y = fixture.add("Relu", "y", x);
    y.quantizationAnnotation().put("SCALE_TENSOR", "scale");
    fixture.weights("scale", 1);
    fixture.outputs(y);

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsNodesThatActWithoutOutputs() {
    fixture.outputs(fixture.add("Relu", "y", x));
    fixture.graph().append(NodeBuilder.of("Print").domain("acme").inputs(x));

    assertLeaves(pass, fixture);
  }
}
