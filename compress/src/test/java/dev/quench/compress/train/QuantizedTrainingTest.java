// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.Equivalence;
import dev.quench.compress.train.program.FrozenParameters;
import dev.quench.compress.train.quantize.Observer;
import dev.quench.compress.train.quantize.PreparationReport;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.quantize.TrainingScheme.Normalization;
import dev.quench.compress.train.run.Evaluation;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.zoo.Architecture;
import dev.quench.graph.Model;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What is trained is what the exported model computes, in every scheme.
class QuantizedTrainingTest {
  private static final Dataset TRAINING = TrainingFixtures.bars(640, 1);
  private static final Dataset TEST = TrainingFixtures.bars(1000, 2);
  private static Model trained;

  @BeforeAll
  static void trainTheFloatNetwork() throws IOException {
    trained =
        new Trainer(TrainingFixtures.options(2), TrainingListener.NONE)
            .train(network(), TRAINING)
            .model();
  }

  private static Model network() {
    Model model = Architecture.VGG_SMALL.build(TrainingFixtures.small());
    model.graph().setOpsets(OpsetImports.onnx(21));
    return model;
  }

  static Stream<Arguments> schemes() {
    TrainingScheme iao = TrainingScheme.iao(8, 8);
    return Stream.of(
        Arguments.of("IAO", iao, 0.95),
        Arguments.of("asymmetric", iao.withSymmetric(false), 0.95),
        Arguments.of("per tensor", iao.withPerChannel(false), 0.95),
        Arguments.of("min-max", iao.withObserver(Observer.MIN_MAX), 0.95),
        Arguments.of("percentile", iao.withObserver(Observer.PERCENTILE, 0.9999), 0.95),
        Arguments.of("histogram", iao.withObserver(Observer.HISTOGRAM, 0.9999), 0.95),
        Arguments.of("fused", iao.withNormalization(Normalization.FUSED), 0.95),
        Arguments.of("calibrated", iao.withNormalization(Normalization.CALIBRATED), 0.95),
        Arguments.of(
            "fused, asymmetric, per tensor",
            iao.withNormalization(Normalization.FUSED).withSymmetric(false).withPerChannel(false),
            0.95),
        Arguments.of("4 bits", TrainingScheme.iao(4, 4), 0.9),
        Arguments.of(
            "asymmetric, 5 and 3 bits", TrainingScheme.iao(5, 3).withSymmetric(false), 0.8),
        Arguments.of("weights alone", TrainingScheme.iao(4, TrainingScheme.FLOAT), 0.9),
        Arguments.of("activations alone", TrainingScheme.lsq(TrainingScheme.FLOAT, 4), 0.9),
        Arguments.of("12 bits", TrainingScheme.iao(12, 12), 0.95),
        Arguments.of("16 bits, asymmetric", TrainingScheme.iao(16, 16).withSymmetric(false), 0.95),
        Arguments.of("DoReFa 8", TrainingScheme.dorefa(8, 8), 0.8),
        Arguments.of("DoReFa 4", TrainingScheme.dorefa(4, 4), 0.8),
        Arguments.of("DoReFa 8 for TensorRT", TrainingScheme.dorefa(8, 7).withTensorRt(true), 0.8),
        Arguments.of("DoReFa 16", TrainingScheme.dorefa(16, 16), 0.8),
        Arguments.of("DoReFa with gradients", TrainingScheme.dorefa(8, 8).withGradients(8), 0.8),
        Arguments.of("LSQ", TrainingScheme.lsq(4, 4), 0.9),
        Arguments.of(
            "LSQ, fused", TrainingScheme.lsq(8, 8).withNormalization(Normalization.FUSED), 0.9),
        Arguments.of("PACT", TrainingScheme.pact(4, 4), 0.9),
        Arguments.of("PACT for TensorRT", TrainingScheme.pact(8, 8).withTensorRt(true), 0.9));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("schemes")
  void onnxRuntimePredictsWhatTrainingSaw(String name, TrainingScheme scheme, double least)
      throws IOException {
    Model model = trained.copy();
    PreparationReport report = QuantizedTraining.prepare(model, scheme);
    assertThat(report.layers()).hasSizeGreaterThan(3);
    Model tuned =
        new Trainer(
                TrainingOptions.QUANTIZED.withBatchSize(32).withOptimizer(Optimizer.sgd(0.01)),
                TrainingListener.NONE)
            .train(model, TRAINING)
            .model();
    Evaluation seen = Evaluator.evaluate(tuned, TEST, 1);
    TrainedModel.lower(tuned);

    assertThat(tuned.graph().nodes()).allSatisfy(node -> assertThat(node.domain()).isEmpty());
    Evaluation lowered = Evaluator.evaluate(tuned, TEST, 1);
    assertThat(lowered.predictions()).isEqualTo(seen.predictions());
    // Sums of float products depend on the memory order of images, which a Clip may change.
    assertThat(lowered.loss()).isCloseTo(seen.loss(), Offset.offset(1e-6));
    assertThat(seen.accuracy()).isGreaterThan(least);
    assertThat(Predictions.differences(tuned, TEST, seen.predictions())).isLessThanOrEqualTo(1);
    assertThat(Equivalence.opTypes(tuned)).contains("DequantizeLinear");
  }

  @ParameterizedTest
  @EnumSource(Normalization.class)
  void frozenStatisticsLeaveRangesToBeObserved(Normalization normalization) throws IOException {
    Model model = trained.copy();
    QuantizedTraining.prepare(model, TrainingScheme.iao(8, 8).withNormalization(normalization));
    TrainingOptions options = TrainingOptions.QUANTIZED.withBatchSize(32);
    Model tuned =
        new Trainer(
                options.withParameters(
                    options
                        .parameters()
                        .withFrozen(new FrozenParameters(NodeSelection.NONE, true))),
                TrainingListener.NONE)
            .train(model, TRAINING)
            .model();
    Evaluation seen = Evaluator.evaluate(tuned, TEST, 1);
    TrainedModel.lower(tuned);

    assertThat(Evaluator.evaluate(tuned, TEST, 1).predictions()).isEqualTo(seen.predictions());
    assertThat(seen.accuracy()).isGreaterThan(0.9);
  }
}
