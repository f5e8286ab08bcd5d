// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;

import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;

class EliminateNoOpCastTest {
  private final GraphMaker fixture = new GraphMaker();
  private final EliminateNoOpCast pass = new EliminateNoOpCast();
  private final Value x = fixture.input("x", 2, 3);

  private static NodeBuilder castTo(DataType type) {
    return NodeBuilder.of("Cast").attribute("to", type.onnxCode());
  }

  @Test
  void removesACastToTheSameType() {
    fixture.outputs(fixture.add("Relu", "y", fixture.add(castTo(DataType.FLOAT), "cast", x)));

    assertRewrites(pass, fixture, "Relu");
  }

  @Test
  void keepsACastToAnotherType() {
    Value narrow = fixture.add(castTo(DataType.FLOAT16), "narrow", x);
    narrow.setType(ValueType.unranked(DataType.FLOAT16));
    fixture.outputs(fixture.add(castTo(DataType.FLOAT), "y", narrow));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsACastOfAnUnknownType() {
    Value relu = fixture.add("Relu", "relu", x);
    fixture.outputs(fixture.add("Neg", "y", fixture.add(castTo(DataType.FLOAT), "cast", relu)));

    assertLeaves(pass, fixture);
  }
}
