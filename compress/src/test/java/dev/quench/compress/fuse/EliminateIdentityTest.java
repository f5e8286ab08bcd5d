// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;

import dev.quench.graph.Value;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;

class EliminateIdentityTest {
  private final GraphMaker fixture = new GraphMaker();
  private final EliminateIdentity pass = new EliminateIdentity();
  private final Value x = fixture.input("x", 2, 3);

  @Test
  void movesReadersToTheOriginal() {
    Value same = fixture.add("Identity", "same", x);
    fixture.outputs(fixture.add("Relu", "y", same), fixture.add("Neg", "z", same));

    assertRewrites(pass, fixture, "Relu", "Neg");
  }

  @Test
  void keepsTheNameOfAGraphOutput() {
    Value relu = fixture.add("Relu", "relu", x);
    Value y = fixture.add("Identity", "y", relu);
    fixture.outputs(y, fixture.add("Neg", "z", relu));

    assertRewrites(pass, fixture, "Relu", "Neg");
  }

  @Test
  void removesAWholeChain() {
    Value a = fixture.add("Identity", "a", fixture.add("Relu", "relu", x));
    fixture.outputs(fixture.add("Identity", "y", fixture.add("Identity", "b", a)));

    assertRewrites(pass, fixture, "Relu");
  }

  @Test
  void keepsASecondNameOfAGraphInput() {
    fixture.outputs(fixture.add("Identity", "y", x));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsASecondNameOfAGraphOutput() {
    Value relu = fixture.add("Relu", "relu", x);
    fixture.outputs(relu, fixture.add("Identity", "y", relu));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsAnOutputThatIsAConstant() {
    fixture.outputs(fixture.add("Identity", "y", fixture.weights("w", 3)));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsAnAnnotatedValue() {
    Value same = fixture.add("Identity", "same", x);
    same.quantizationAnnotation().put("SCALE_TENSOR", "scale");
    fixture.outputs(fixture.add("Relu", "y", same));

    assertLeaves(pass, fixture);
  }
}
