// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.pipeline.PipelineException;
import dev.quench.run.Progress;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelReductionTest {
  /// Thirty Relus with a Tanh and a Sigmoid among them.
  private static Model chain(int tanh, int sigmoid) {
    GraphMaker maker = new GraphMaker(17);
    Value value = maker.input("x", 2, 3);
    for (int i = 0; i < 30; i++) {
      value = maker.add(i == tanh ? "Tanh" : i == sigmoid ? "Sigmoid" : "Relu", "v" + i, value);
    }
    maker.output(value);
    return maker.model();
  }

  private static List<String> types(Model model) {
    return model.graph().nodes().stream().map(Node::opType).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 15, 29})
  void findsTheOneNodeThatFails(int place) throws IOException {
    ModelReduction.Result result =
        ModelReduction.of(
            chain(place, -1), model -> types(model).contains("Tanh"), 1000, Progress.NONE);
    assertThat(types(result.model())).containsExactly("Tanh");
    assertThat(result.complete()).isTrue();
    assertThat(result.trials()).isLessThan(30);
  }

  @Test
  void findsNodesThatFailTogether() throws IOException {
    ModelReduction.Result result =
        ModelReduction.of(
            chain(3, 22),
            model -> types(model).containsAll(List.of("Tanh", "Sigmoid")),
            1000,
            Progress.NONE);
    assertThat(types(result.model())).containsExactly("Tanh", "Sigmoid");
    assertThat(result.model().graph().inputs()).hasSize(2);
  }

  @Test
  void keepsTheSmallestSoFarWhenTheTrialsAreUsedUp() throws IOException {
    ModelReduction.Result result =
        ModelReduction.of(
            chain(3, 22),
            model -> types(model).containsAll(List.of("Tanh", "Sigmoid")),
            12,
            Progress.NONE);
    assertThat(result.complete()).isFalse();
    assertThat(result.trials()).isEqualTo(12);
    assertThat(types(result.model())).contains("Tanh", "Sigmoid").hasSizeLessThan(30);
  }

  @Test
  void refusesAModelThatPasses() {
    assertThatExceptionOfType(PipelineException.class)
        .isThrownBy(() -> ModelReduction.of(chain(1, 2), _ -> false, 10, Progress.NONE))
        .withMessageContaining("the whole model passes the check");
  }
}
