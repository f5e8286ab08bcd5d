// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;

import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EliminateNoOpReshapeTest {
  private final GraphMaker fixture = new GraphMaker(14);
  private final EliminateNoOpReshape pass = new EliminateNoOpReshape();

  private Value reshape(String name, Value x, long... sizes) {
    return fixture.add("Reshape", name, x, fixture.constant(name + ".shape", Tensor.vector(sizes)));
  }

  @ParameterizedTest
  @CsvSource({"2,3,4", "0,3,4", "-1,3,4", "0,0,0", "0,-1,4", "2,-1,0"})
  void removesAReshapeToTheSameShape(long a, long b, long c) {
    Value y = reshape("reshape", fixture.input("x", 2, 3, 4), a, b, c);
    fixture.outputs(fixture.add("Relu", "y", y));

    assertRewrites(pass, fixture, "Relu");
  }

  @Test
  void removesAReshapeThatKeepsOneFreeDimension() {
    Value x = fixture.input("x", Dim.of("N"), Dim.of(3));
    fixture.outputs(fixture.add("Relu", "y", reshape("reshape", x, -1, 3)));

    assertRewrites(pass, fixture, "Relu");
  }

  @Test
  void dropsTheFirstOfTwoReshapes() {
    Value inner = reshape("inner", fixture.input("x", 2, 3, 4), 6, 4);
    fixture.outputs(reshape("y", inner, -1, 12));

    assertRewrites(pass, fixture, "Reshape");
  }

  @Test
  void dropsAFlattenBeforeAReshape() {
    Value inner = fixture.add("Flatten", "inner", fixture.input("x", 2, 3, 4));
    fixture.outputs(reshape("y", inner, -1, 6));

    assertRewrites(pass, fixture, "Reshape");
  }

  @Test
  void keepsAReshapeToAnotherShape() {
    fixture.outputs(reshape("y", fixture.input("x", 2, 3, 4), 2, 4, 3));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsAFreeDimensionThatIsNotTheInferredOne() {
    Value x = fixture.input("x", Dim.of("N"), Dim.of(3));
    fixture.outputs(fixture.add("Relu", "y", reshape("reshape", x, 2, -1)));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsAZeroThatMeansAnEmptyAxis() {
    Value x =
        fixture
            .graph()
            .addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(3))));
    Value shape = fixture.constant("shape", Tensor.vector(0, 3));
    Value y = fixture.add(NodeBuilder.of("Reshape").attribute("allowzero", 1), "reshape", x, shape);
    fixture.outputs(fixture.add("Relu", "y", y));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsAPairWhoseSecondCopiesADimensionOfTheFirst() {
    Value inner = reshape("inner", fixture.input("x", 2, 3, 4), 6, 4);
    fixture.outputs(reshape("y", inner, 0, 2, 2));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsAFirstReshapeThatOthersRead() {
    Value inner = reshape("inner", fixture.input("x", 2, 3, 4), 6, 4);
    fixture.outputs(reshape("y", inner, -1, 12), fixture.add("Relu", "z", inner));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsAShapeThatIsComputed() {
    Value x = fixture.input("x", 2, 3, 4);
    fixture.outputs(fixture.add("Reshape", "y", x, fixture.add("Shape", "shape", x)));

    assertLeaves(pass, fixture);
  }
}
