// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;

class DeduplicateInitializersTest {
  private final GraphMaker fixture = new GraphMaker();
  private final DeduplicateInitializers pass = new DeduplicateInitializers();
  private final Value x = fixture.input("x", 2, 3);

  private void addBoth(Value a, Value b) {
    fixture.outputs(fixture.add("Add", "y", fixture.add("Mul", "m", x, a), b));
  }

  @Test
  void keepsOneOfTwoEqualTensors() {
    addBoth(
        fixture.constant("a", Tensor.ofFloats(Shape.of(3), 1, 2, 3)),
        fixture.constant("b", Tensor.ofFloats(Shape.of(3), 1, 2, 3)));

    assertRewrites(pass, fixture, "Mul", "Add");
    assertThat(fixture.graph().initializers()).extracting(Value::name).containsExactly("a");
  }

  @Test
  void tellsLargeTensorsApartByTheirLastByte() {
    float[] values = new float[3000];
    Tensor first = Tensor.ofFloats(Shape.of(1000, 3), values);
    values[2999] = Math.nextUp(0f);
    addBoth(
        fixture.constant("a", first),
        fixture.constant("b", Tensor.ofFloats(Shape.of(1000, 3), values)));

    assertLeaves(pass, fixture);
  }

  @Test
  void tellsZeroesApartBySign() {
    addBoth(fixture.constant("a", Tensor.scalar(0f)), fixture.constant("b", Tensor.scalar(-0f)));

    assertLeaves(pass, fixture);
  }

  @Test
  void tellsShapesApart() {
    addBoth(
        fixture.constant("a", Tensor.ofFloats(Shape.of(3), 1, 2, 3)),
        fixture.constant("b", Tensor.ofFloats(Shape.of(1, 3), 1, 2, 3)));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsDefaultsOfGraphInputs() {
    fixture.input("b", 3);
    addBoth(
        fixture.constant("a", Tensor.ofFloats(Shape.of(3), 1, 2, 3)),
        fixture.constant("b", Tensor.ofFloats(Shape.of(3), 1, 2, 3)));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsWhatAnAnnotationNames() {
    x.quantizationAnnotation().put("SCALE_TENSOR", "b");
    addBoth(
        fixture.constant("a", Tensor.ofFloats(Shape.of(3), 1, 2, 3)),
        fixture.constant("b", Tensor.ofFloats(Shape.of(3), 1, 2, 3)));

    assertLeaves(pass, fixture);
  }
}
