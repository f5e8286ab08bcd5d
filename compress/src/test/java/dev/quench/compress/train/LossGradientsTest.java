// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.compress.prune.PrunedModel;
import dev.quench.compress.prune.Pruning;
import dev.quench.compress.prune.operator.OperatorRules;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.select.FilterScores;
import dev.quench.compress.prune.structure.LayerAxis;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.compress.train.importance.LossGradients;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// Gradients of a loss as a criterion of pruning.
class LossGradientsTest {
  private static final int THREADS = 1;

  private final Dataset data = TrainingFixtures.bars(48, 3);

  /// The loss with one filter of a layer scaled.
  private double loss(Model model, String weights, int filter, double factor) throws IOException {
    Model changed = model.copy();
    Value value = changed.graph().value(weights).orElseThrow();
    Tensor tensor = value.initializer().orElseThrow();
    float[] scaled = tensor.toFloats();
    int length = scaled.length / (int) tensor.shape().size(0);
    for (int i = filter * length; i < (filter + 1) * length; i++) {
      scaled[i] *= (float) factor;
    }
    changed.graph().setInitializer(value, Tensor.ofFloats(tensor.shape(), scaled));
    return Evaluator.evaluate(changed, data, THREADS).loss();
  }

  @Test
  void ranksByTheSlopeOfTheLossAlongAFilter() throws IOException {
    Model model = TrainingFixtures.network();
    Structure structure = Structure.of(model.copy(), OperatorRules::of);
    FilterScores scores = FilterScores.of(structure, LossGradients.of(model, data, THREADS));
    LayerAxis layer = structure.layers().getFirst();
    int[] classes = structure.classes(layer.weights(), layer.axis());

    for (int filter = 0; filter < 4; filter++) {
      double slope =
          (loss(model, layer.weights().name(), filter, 1.002)
                  - loss(model, layer.weights().name(), filter, 0.998))
              / 0.004;

      assertThat(Math.sqrt(scores.get(classes[filter]).orElseThrow()))
          .isEqualTo(Math.abs(slope), within(0.03 * Math.abs(slope) + 1e-4));
    }
  }

  @Test
  void prunesByGradients() throws IOException {
    Model model = TrainingFixtures.network();

    PrunedModel pruned =
        Pruning.of(model)
            .criterion(Criterion.TAYLOR)
            .gradients(LossGradients.of(model, data, THREADS))
            .ratio(0.4)
            .run();

    assertThat(pruned.report().after().macs())
        .isLessThanOrEqualTo((long) (0.6 * pruned.report().before().macs()));
  }

  @Test
  void saysWhyThereAreNoGradients() {
    GraphMaker graph = new GraphMaker(17);
    Value sum = graph.add("Add", "sum", graph.input("a", 2, 4), graph.input("b", 2, 4));
    graph.outputs(sum);

    assertThatThrownBy(() -> LossGradients.of(graph.model(), data, THREADS))
        .isInstanceOf(PruningException.class)
        .hasMessageContaining("taylor needs gradients of a loss on labels, and there are none:")
        .hasMessageContaining("one input")
        .hasMessageContaining("rank by activation or l1");
  }

  @Test
  void refusesToRankWithoutThem() {
    Pruning pruning = Pruning.of(TrainingFixtures.network()).criterion(Criterion.TAYLOR);

    assertThatThrownBy(pruning::run)
        .isInstanceOf(PruningException.class)
        .hasMessageContaining("gradients on labelled data: give some");
  }
}
