// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.RealModels;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.graph.Model;
import dev.quench.tensor.Shape;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole networks, at 30 and 50 percent of their multiply-accumulates.
class NetworkPruningTest {
  private static final double[] RATIOS = {0.3, 0.5};

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void prunesTheZoo(Architecture architecture) {
    Model model =
        architecture.build(
            NetworkOptions.CIFAR.withInput(3, 32, 32).withWidthMultiplier(0.25).withSeed(4));
    for (double ratio : RATIOS) {
      check(Pruning.of(model), ratio);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ch_PP-OCRv3_det_infer.onnx",
        "ch_PP-OCRv3_rec_infer.onnx",
        "ch_PP-OCRv4_det_infer.onnx",
        "ch_PP-OCRv4_rec_infer.onnx",
        "ch_ppocr_mobile_v2.0_cls_infer.onnx"
      })
  void prunesPpOcr(String file) throws IOException {
    Model model = RealModels.ppOcr(file);
    Shape shape = RealModels.ppOcrInput(file).get("x").shape();
    for (double ratio : RATIOS) {
      check(Pruning.of(model).inputShape("x", shape), ratio);
    }
  }

  private static void check(Pruning pruning, double ratio) {
    PruningReport report = pruning.ratio(ratio).checkOn(BACKEND).run().report();

    assertThat(report.after().macs())
        .isLessThanOrEqualTo((long) ((1 - ratio) * report.before().macs()));
    assertThat(report.equivalence().orElseThrow().worst()).isLessThanOrEqualTo(1e-4);
  }
}
