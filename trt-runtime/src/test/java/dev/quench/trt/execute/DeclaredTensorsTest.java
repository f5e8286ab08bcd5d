// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.trt.Models;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeclaredTensorsTest {
  private static TensorSpec spec(String name, Shape shape) {
    return new TensorSpec(name, DataType.FLOAT, shape);
  }

  @Test
  void namesFreeDimensionsAsTheModelDoes() {
    var declared = DeclaredTensors.of(Models.relu(4).graph());
    var actual = List.of(spec("x", Shape.of(Dim.UNKNOWN, Dim.of(4))));
    assertThat(DeclaredTensors.apply(declared.inputs(), actual))
        .containsExactly(spec("x", Shape.of(Dim.of("N"), Dim.of(4))));
  }

  @Test
  void keepsWhatTheEngineKnowsBetter() {
    var declared = DeclaredTensors.of(Models.relu(4).graph());
    var actual = List.of(spec("x", Shape.of(7, 4)));
    assertThat(DeclaredTensors.apply(declared.inputs(), actual)).isEqualTo(actual);
  }

  @Test
  void ordersAsTheModelDoesAndKeepsTheRest() {
    var declared =
        List.of(
            new DeclaredTensors.Declaration("b", Shape.of(1)),
            new DeclaredTensors.Declaration("a", Shape.of(1)));
    var actual = List.of(spec("a", Shape.of(1)), spec("tap", Shape.of(2)), spec("b", Shape.of(1)));
    assertThat(DeclaredTensors.apply(declared, actual))
        .extracting(TensorSpec::name)
        .containsExactly("b", "a", "tap");
  }
}
