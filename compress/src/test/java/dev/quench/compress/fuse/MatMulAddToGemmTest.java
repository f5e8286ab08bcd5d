// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;

import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;

class MatMulAddToGemmTest {
  private final GraphMaker fixture = new GraphMaker();
  private final MatMulAddToGemm pass = new MatMulAddToGemm();

  @Test
  void joinsAProductAndARow() {
    Value x = fixture.input("x", Dim.of("N"), Dim.of(6));
    Value product = fixture.add("MatMul", "product", x, fixture.weights("w", 6, 4));
    fixture.outputs(fixture.add("Add", "y", product, fixture.weights("c", 4)));

    assertRewrites(pass, fixture, "Gemm");
  }

  @Test
  void joinsInEitherOrder() {
    Value product =
        fixture.add("MatMul", "product", fixture.input("x", 3, 6), fixture.weights("w", 6, 4));
    fixture.outputs(fixture.add("Add", "y", fixture.weights("c", 1, 4), product));

    assertRewrites(pass, fixture, "Gemm");
  }

  @Test
  void joinsMatricesThatAreComputed() {
    Value product =
        fixture.add("MatMul", "product", fixture.input("a", 3, 6), fixture.input("b", 6, 4));
    fixture.outputs(fixture.add("Add", "y", product, fixture.input("c", 4)));

    assertRewrites(pass, fixture, "Gemm");
  }

  @Test
  void keepsAProductOfHigherRank() {
    Value product =
        fixture.add("MatMul", "product", fixture.input("x", 2, 3, 6), fixture.weights("w", 6, 4));
    fixture.outputs(fixture.add("Add", "y", product, fixture.weights("c", 4)));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsASumThatIsLargerThanTheProduct() {
    Value product =
        fixture.add("MatMul", "product", fixture.input("x", 1, 6), fixture.weights("w", 6, 1));
    fixture.outputs(
        fixture.add("Add", "y", product, fixture.weights("c", 4)),
        fixture.add(
            "Add",
            "z",
            fixture.add("MatMul", "other", fixture.input("u", 1, 6), fixture.weights("v", 6, 4)),
            fixture.weights("d", 5, 4)));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsAProductThatOthersRead() {
    Value product =
        fixture.add("MatMul", "product", fixture.input("x", 3, 6), fixture.weights("w", 6, 4));
    fixture.outputs(
        fixture.add("Add", "y", product, fixture.weights("c", 4)),
        fixture.add("Relu", "z", product));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsIntegers() {
    Value a = fixture.graph().addInput("a", ValueType.tensor(DataType.INT32, Shape.of(3, 6)));
    Value b = fixture.graph().addInput("b", ValueType.tensor(DataType.INT32, Shape.of(6, 4)));
    Value c = fixture.graph().addInput("c", ValueType.tensor(DataType.INT32, Shape.of(4)));
    fixture.outputs(fixture.add("Add", "y", fixture.add("MatMul", "product", a, b), c));

    assertLeaves(pass, fixture);
  }
}
