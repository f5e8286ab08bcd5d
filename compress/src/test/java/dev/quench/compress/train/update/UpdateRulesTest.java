// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.binary.BinarizeWeights;
import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.binary.WeightScheme;
import dev.quench.compress.train.Trainer;
import dev.quench.compress.train.program.FrozenParameters;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.Schedule;
import dev.quench.compress.train.run.TrainingException;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/// One step of plain gradient descent, with and without each rule.
class UpdateRulesTest {
  private static final double RATE = 0.1;
  private static final int SAMPLES = 16;

  @Test
  void l1AddsTheSignOfTheScaleToItsGradient() throws IOException {
    Model start = network();
    Regularization sparse = Regularization.NONE.withSparsity(0.3, SparsityMethod.L1);

    float[] plain = values(step(start, OPTIONS), "norm.scale");
    float[] shrunk = values(step(start, OPTIONS.withRegularization(sparse)), "norm.scale");

    float[] before = values(start, "norm.scale");
    for (int i = 0; i < before.length; i++) {
      double expected = plain[i] - RATE * 0.3 * Math.signum(before[i]);
      assertThat(shrunk[i]).isCloseTo((float) expected, Offset.offset(1e-6f));
    }
  }

  @Test
  void istaMovesScalesTowardsZeroAndNotBeyond() throws IOException {
    Model start = network();
    Regularization sparse = Regularization.NONE.withSparsity(6, SparsityMethod.ISTA);

    float[] plain = values(step(start, OPTIONS), "norm.scale");
    float[] shrunk = values(step(start, OPTIONS.withRegularization(sparse)), "norm.scale");

    int zeros = 0;
    for (int i = 0; i < plain.length; i++) {
      double left = Math.max(0, Math.abs(plain[i]) - RATE * 6);
      assertThat(shrunk[i]).isCloseTo((float) (Math.signum(plain[i]) * left), Offset.offset(1e-6f));
      zeros += shrunk[i] == 0 ? 1 : 0;
    }
    assertThat(zeros).isBetween(1, plain.length - 1);
  }

  @Test
  void sparsityLeavesOtherParametersAlone() throws IOException {
    Regularization sparse = Regularization.NONE.withSparsity(0.3, SparsityMethod.L1);

    Model plain = step(network(), OPTIONS);
    Model shrunk = step(network(), OPTIONS.withRegularization(sparse));

    for (String name : List.of("conv.w", "conv.b", "norm.shift", "fc.w")) {
      assertThat(values(shrunk, name)).as(name).isEqualTo(values(plain, name));
    }
  }

  @Test
  void sparseTrainingNeedsScales() {
    GraphMaker f = new GraphMaker(17);
    Model bare = f.outputs(f.add("Gemm", "y", f.input("x", 4, 3), f.weights("w", 3, 2))).model();
    TrainingOptions sparse =
        OPTIONS.withRegularization(Regularization.NONE.withSparsity(1e-4, SparsityMethod.L1));

    assertThatThrownBy(() -> new Trainer(sparse, TrainingListener.NONE).train(bare, vectors()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("scales of BatchNormalization");
  }

  @Test
  void longGradientsAreScaledDownToTheNorm() throws IOException {
    Model start = network();
    Regularization clipped = Regularization.NONE.withGradientNorm(0.01);

    Model plain = step(start, OPTIONS);
    Model limited = step(start, OPTIONS.withRegularization(clipped));

    assertThat(distance(start, limited)).isCloseTo(RATE * 0.01, Offset.offset(1e-5));
    assertThat(distance(start, plain)).isGreaterThan(RATE * 0.02);
  }

  @Test
  void shortGradientsStay() throws IOException {
    Regularization clipped = Regularization.NONE.withGradientNorm(1e6);

    Model plain = step(network(), OPTIONS);
    Model limited = step(network(), OPTIONS.withRegularization(clipped));

    assertThat(distance(plain, limited)).isZero();
  }

  @Test
  void frozenLayersKeepParametersAndStatistics() throws IOException {
    Model start = network();
    ParameterRules rules = ParameterRules.NONE.withFrozen(NodeSelection.of(List.of("norm", "fc")));

    Model trained = step(start, OPTIONS.withParameters(rules));

    for (String name :
        List.of("norm.scale", "norm.shift", "norm.mean", "norm.variance", "fc.w", "fc.b")) {
      assertThat(values(trained, name)).as(name).isEqualTo(values(start, name));
    }
    assertThat(values(trained, "conv.w")).isNotEqualTo(values(start, "conv.w"));
  }

  @Test
  void frozenStatisticsNormalizeInsteadOfTheBatch() throws IOException {
    Model start = network();
    ParameterRules rules =
        ParameterRules.NONE.withFrozen(new FrozenParameters(NodeSelection.NONE, true));

    Model usual = step(start, OPTIONS);
    Model frozen = step(start, OPTIONS.withParameters(rules));

    assertThat(values(frozen, "norm.mean")).isEqualTo(values(start, "norm.mean"));
    assertThat(values(usual, "norm.mean")).isNotEqualTo(values(start, "norm.mean"));
    assertThat(values(frozen, "norm.scale"))
        .isNotEqualTo(values(start, "norm.scale"))
        .isNotEqualTo(values(usual, "norm.scale"));
  }

  @Test
  void nothingIsLeftToTrainWhenAllIsFrozen() {
    ParameterRules rules = ParameterRules.NONE.withFrozen(NodeSelection.ALL);

    assertThatThrownBy(() -> step(network(), OPTIONS.withParameters(rules)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("all its parameters are frozen");
  }

  @Test
  void aFactorScalesTheUpdateOfItsLayerAlone() throws IOException {
    Model start = network();
    ParameterRules rules = ParameterRules.NONE.withLearningRates(Map.of("co*", 0.25));

    Model plain = step(start, OPTIONS);
    Model scaled = step(start, OPTIONS.withParameters(rules));

    float[] before = values(start, "conv.w");
    float[] full = values(plain, "conv.w");
    float[] quarter = values(scaled, "conv.w");
    for (int i = 0; i < before.length; i++) {
      assertThat(quarter[i]).isCloseTo(before[i] + (full[i] - before[i]) / 4, Offset.offset(1e-6f));
    }
    assertThat(values(scaled, "fc.w")).isEqualTo(values(plain, "fc.w"));
  }

  @Test
  void prunedWeightsAndChannelsStayZero() throws IOException {
    Model start = network();
    float[] kernel = values(start, "conv.w");
    kernel[3] = 0;
    zero(kernel, 18, 36); // filter 1 of [6, 2, 3, 3]
    set(start, "conv.w", kernel);
    float[] bias = values(start, "conv.b");
    bias[0] = 0;
    bias[1] = 0;
    set(start, "conv.b", bias);
    float[] scale = values(start, "norm.scale");
    scale[4] = 0;
    set(start, "norm.scale", scale);
    float[] shift = values(start, "norm.shift");
    shift[4] = 0;
    shift[5] = 0;
    set(start, "norm.shift", shift);

    Model trained = step(start, OPTIONS.withParameters(ParameterRules.NONE.withZerosKept(true)));

    float[] after = values(trained, "conv.w");
    assertThat(after[3]).isZero();
    assertThat(Arrays.copyOfRange(after, 18, 36)).containsOnly(0);
    assertThat(after[0]).isNotEqualTo(kernel[0]);
    assertThat(values(trained, "conv.b")[1]).isZero();
    assertThat(values(trained, "norm.scale")[4]).isZero();
    assertThat(values(trained, "norm.shift")[4]).isZero();
    assertThat(values(trained, "norm.shift")[5]).as("a live channel's shift").isNotZero();
    assertThat(values(step(start, OPTIONS), "conv.w")[3]).as("without the rule").isNotZero();
  }

  @Test
  void zerosStayAmongTernaryWeightsAndAreRefusedWhereNoLevelIsZero() throws IOException {
    Model pruned = network();
    float[] kernel = values(pruned, "conv.w");
    zero(kernel, 0, 50);
    set(pruned, "conv.w", kernel);
    TrainingOptions keeping = OPTIONS.withParameters(ParameterRules.NONE.withZerosKept(true));

    Model ternary = pruned.copy();
    BinarizeWeights.ofLayers(WeightScheme.of(WeightBits.TERNARY), Set.of("conv")).apply(ternary);
    float[] trained = values(step(ternary, keeping), "conv.w");
    assertThat(Arrays.copyOfRange(trained, 0, 50)).containsOnly(0);
    assertThat(trained[60]).isNotEqualTo(kernel[60]);

    Model binary = pruned.copy();
    BinarizeWeights.ofLayers(WeightScheme.of(WeightBits.BINARY), Set.of("conv")).apply(binary);
    assertThatThrownBy(() -> step(binary, keeping))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("'conv.w' hold zeros to keep, but 1-bit weights have no zero");

    Model dorefa = pruned.copy();
    set(dorefa, "fc.w", new float[6 * 3]);
    QuantizedTraining.prepare(dorefa, TrainingScheme.dorefa(4, 4));
    assertThatThrownBy(() -> step(dorefa, keeping))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("DoReFa's levels have no zero");

    Model withZero = pruned.copy();
    set(withZero, "fc.w", new float[6 * 3]);
    QuantizedTraining.prepare(withZero, TrainingScheme.dorefa(8, 4).withTensorRt(true));
    assertThat(values(step(withZero, keeping), "fc.w")).containsOnly(0);
  }

  @Test
  void refusesAFactorOfZeroNamingTheRemedy() {
    assertThatThrownBy(() -> ParameterRules.NONE.withLearningRates(Map.of("conv", 0.0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'conv'")
        .hasMessageContaining("freeze it");
  }

  private static final TrainingOptions OPTIONS =
      TrainingOptions.FLOAT
          .withEpochs(1)
          .withBatchSize(SAMPLES)
          .withOptimizer(new Optimizer.Sgd(RATE, 0, 0))
          .withSchedule(new Schedule.Constant(0));

  private static Model step(Model start, TrainingOptions options) throws IOException {
    return new Trainer(options, TrainingListener.NONE).train(start, images()).model();
  }

  private static Model network() {
    GraphMaker f = new GraphMaker(17, 5);
    Value x = f.input("x", Dim.of("N"), Dim.of(2), Dim.of(6), Dim.of(6));
    x = f.add("Conv", "conv", x, f.weights("conv.w", 6, 2, 3, 3), f.weights("conv.b", 6));
    x = f.add("Tanh", "act", f.normalize("norm", x, 6));
    x = f.add("Flatten", "flat", f.add("GlobalAveragePool", "pool", x));
    x = f.add(NodeBuilder.of("Gemm"), "fc", x, f.weights("fc.w", 6, 3), f.weights("fc.b", 3));
    return f.outputs(x).model();
  }

  private static Dataset images() {
    return data(new GraphMaker(17, 9).normal(SAMPLES, 2, 6, 6), 3);
  }

  private static Dataset vectors() {
    return data(new GraphMaker(17, 9).normal(SAMPLES, 3), 2);
  }

  private static Dataset data(Tensor values, int classes) {
    return TensorDataset.of(
        "noise",
        Map.of("x", values),
        new Labels.Classes(IntStream.range(0, SAMPLES).mapToObj(i -> i % classes).toList()));
  }

  private static float[] values(Model model, String name) {
    return model.graph().value(name).orElseThrow().initializer().orElseThrow().toFloats();
  }

  private static void set(Model model, String name, float[] values) {
    Value value = model.graph().value(name).orElseThrow();
    Shape shape = value.initializer().orElseThrow().shape();
    model.graph().setInitializer(value, Tensor.ofFloats(shape, values));
  }

  private static void zero(float[] values, int from, int to) {
    Arrays.fill(values, from, to, 0);
  }

  /// Over the parameters, without statistics.
  private static double distance(Model a, Model b) {
    double sum = 0;
    for (String name : List.of("conv.w", "conv.b", "norm.scale", "norm.shift", "fc.w", "fc.b")) {
      float[] first = values(a, name);
      float[] second = values(b, name);
      for (int i = 0; i < first.length; i++) {
        sum += Math.pow(first[i] - (double) second[i], 2);
      }
    }
    return Math.sqrt(sum);
  }
}
