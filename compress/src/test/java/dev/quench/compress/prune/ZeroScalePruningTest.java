// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import org.junit.jupiter.api.Test;

/// Channels whose scale a training by proximal steps made 0.
class ZeroScalePruningTest {
  private static Model network() {
    return Architecture.NIN.build(NetworkOptions.MNIST.withWidthMultiplier(0.25).withSeed(4));
  }

  /// Makes the first scales of the first two BatchNormalizations 0.
  private static Model withZeros(int... zeros) {
    Model model = network();
    int found = 0;
    for (Node node : model.graph().nodes()) {
      if (node.is("BatchNormalization") && found < zeros.length) {
        Value scale = node.input(1);
        float[] values = scale.initializer().orElseThrow().toFloats();
        for (int i = 0; i < zeros[found]; i++) {
          values[i] = 0;
        }
        Tensor changed = Tensor.ofFloats(scale.initializer().orElseThrow().shape(), values);
        model.graph().setInitializer(scale, changed);
        found++;
      }
    }
    return model;
  }

  private static Pruning pruning(Model model) {
    return Pruning.of(model).criterion(Criterion.ISTA).checkOn(BACKEND);
  }

  @Test
  void takesTheChannelsWhoseScaleIsZeroAndNoOther() {
    PruningReport report = pruning(withZeros(7, 3)).run().report();

    assertThat(report.goal()).isEmpty();
    assertThat(report.cut().stream().mapToInt(each -> each.channels() - each.kept()).toArray())
        .isEqualTo(new int[] {7, 3, 0, 0, 0, 0, 0, 0});
  }

  @Test
  void keepsMoreWhereTheAlignmentSaysSo() {
    PruningReport report = pruning(withZeros(7, 3)).align(4).run().report();

    assertThat(report.cut().stream().mapToInt(each -> each.channels() - each.kept()).toArray())
        .isEqualTo(new int[] {4, 0, 0, 0, 0, 0, 0, 0});
  }

  @Test
  void saysHowScalesBecomeZero() {
    assertThatThrownBy(() -> pruning(network()).run())
        .isInstanceOf(PruningException.class)
        .hasMessageContaining("train with --sparsity and --sparsity-method ista first");
  }
}
