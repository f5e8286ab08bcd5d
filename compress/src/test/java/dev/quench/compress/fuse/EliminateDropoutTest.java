// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;

import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;

class EliminateDropoutTest {
  private final GraphMaker fixture = new GraphMaker();
  private final EliminateDropout pass = new EliminateDropout();
  private final Value x = fixture.input("x", 2, 3);

  @Test
  void removesDropoutInInference() {
    Value y = fixture.add("Dropout", "y", x);
    fixture.outputs(fixture.add("Relu", "z", y));

    assertRewrites(pass, fixture, "Relu");
  }

  @Test
  void removesDropoutWithTrainingModeFalse() {
    Value ratio = fixture.constant("ratio", Tensor.scalar(0.5f));
    Value training = fixture.constant("training", Tensor.ofBooleans(Shape.SCALAR, false));
    Value y = fixture.add("Dropout", "y", x, ratio, training);
    fixture.outputs(fixture.add("Relu", "z", y));

    assertRewrites(pass, fixture, "Relu");
  }

  @Test
  void ignoresAMaskThatNobodyReads() {
    Node dropout =
        fixture.graph().append(NodeBuilder.of("Dropout").inputs(x).output("y").output("mask"));
    fixture.outputs(fixture.add("Relu", "z", dropout.output(0)));

    assertRewrites(pass, fixture, "Relu");
  }

  @Test
  void keepsAMaskThatIsRead() {
    Node dropout =
        fixture.graph().append(NodeBuilder.of("Dropout").inputs(x).output("y").output("mask"));
    fixture.outputs(fixture.add("Relu", "z", dropout.output(0)), dropout.output(1));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsTrainingMode() {
    Value ratio = fixture.constant("ratio", Tensor.scalar(0.5f));
    Value training = fixture.constant("training", Tensor.ofBooleans(Shape.SCALAR, true));
    Value y = fixture.add("Dropout", "y", x, ratio, training);
    fixture.outputs(fixture.add("Relu", "z", y));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsATrainingModeThatIsFed() {
    Value ratio = fixture.constant("ratio", Tensor.scalar(0.5f));
    Value training =
        fixture.graph().addInput("training", ValueType.tensor(DataType.BOOL, Shape.SCALAR));
    Value y = fixture.add("Dropout", "y", x, ratio, training);
    fixture.outputs(fixture.add("Relu", "z", y));

    assertLeaves(pass, fixture);
  }
}
