// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.graph.Graph;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.trt.ShapeRange;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InputProfilesTest {
  private static final BatchRange BATCH = new BatchRange(1, 8, 64);

  private final Graph graph = new Graph("g", OpsetImports.onnx(17));

  @Test
  void givesTheBatchRangeToAFreeBatch() {
    input("x", Dim.of("N"), Dim.of(3));
    assertThat(InputProfiles.resolve(graph, Map.of(), BATCH))
        .isEqualTo(Map.of("x", new ShapeRange(Shape.of(1, 3), Shape.of(8, 3), Shape.of(64, 3))));
  }

  @Test
  void givesNothingToStaticInputs() {
    input("x", Dim.of(2), Dim.of(3));
    assertThat(InputProfiles.resolve(graph, Map.of(), BATCH)).isEmpty();
  }

  @Test
  void takesTheGivenRange() {
    input("x", Dim.of("N"), Dim.of(3), Dim.UNKNOWN);
    var range = new ShapeRange(Shape.of(1, 3, 8), Shape.of(2, 3, 9), Shape.of(3, 3, 10));
    assertThat(InputProfiles.resolve(graph, Map.of("x", range), BATCH)).containsEntry("x", range);
  }

  @Test
  void asksForARangeWhereMoreThanTheBatchIsFree() {
    input("x", Dim.of("N"), Dim.of(3), Dim.of("W"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InputProfiles.resolve(graph, Map.of(), BATCH))
        .withMessageContaining("input 'x' has shape [N, 3, W]; give a profile");
  }

  @Test
  void refusesARangeThatChangesAFixedDimension() {
    input("x", Dim.of("N"), Dim.of(3));
    var range = new ShapeRange(Shape.of(1, 3), Shape.of(2, 4), Shape.of(3, 4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InputProfiles.resolve(graph, Map.of("x", range), BATCH))
        .withMessageContaining("profile for 'x': [1, 3] to [3, 4] does not fit")
        .withMessageContaining("[N, 3]");
  }

  @Test
  void refusesARangeOfAnotherRank() {
    input("x", Dim.of("N"), Dim.of(3));
    var range = new ShapeRange(Shape.of(1), Shape.of(2), Shape.of(3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InputProfiles.resolve(graph, Map.of("x", range), BATCH));
  }

  @Test
  void refusesARangeForNoInput() {
    input("x", Dim.of(1));
    var range = new ShapeRange(Shape.of(1), Shape.of(2), Shape.of(3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InputProfiles.resolve(graph, Map.of("z", range), BATCH))
        .withMessage("profile for 'z': the model has no such input; it has 'x'");
  }

  @Test
  void refusesAnInputOfUnknownRank() {
    graph.addInput("x", ValueType.unranked(DataType.FLOAT));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InputProfiles.resolve(graph, Map.of(), BATCH))
        .withMessageContaining("input 'x' has no declared shape");
  }

  private void input(String name, Dim... dims) {
    graph.addInput(name, ValueType.tensor(DataType.FLOAT, Shape.of(dims)));
  }
}
