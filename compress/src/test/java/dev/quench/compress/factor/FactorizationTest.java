// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import static dev.quench.compress.Equivalence.opTypes;
import static dev.quench.compress.Equivalence.randomInputs;
import static dev.quench.compress.Equivalence.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.compress.Equivalence;
import dev.quench.compress.factor.FactorizationReport.Split;
import dev.quench.compress.factor.FactorizationReport.Whole;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FactorizationTest {
  private static final int OUTPUTS = 12;
  private static final int INPUTS = 10;
  private static final int RANK = 3;

  private final GraphMaker fixture = new GraphMaker(17);
  private final SplittableRandom random = new SplittableRandom(5);

  private double normal() {
    return random.nextGaussian();
  }

  private double[][] matrix(int rows, int columns) {
    double[][] matrix = new double[rows][columns];
    for (double[] row : matrix) {
      for (int i = 0; i < columns; i++) {
        row[i] = normal();
      }
    }
    return matrix;
  }

  /// Weights whose exact rank by the method is [#RANK], or twice that for Tucker.
  private Tensor lowRank(FactorMethod method, int rows, int columns) {
    float[] weights = new float[OUTPUTS * INPUTS * rows * columns];
    int taps = rows * columns;
    double[][] left = matrix(RANK, method == FactorMethod.SPATIAL ? OUTPUTS * columns : OUTPUTS);
    double[][] right =
        matrix(
            RANK,
            switch (method) {
              case SPATIAL -> INPUTS * rows;
              case CHANNEL -> INPUTS * taps;
              case TUCKER -> INPUTS;
            });
    double[][] core = matrix(RANK * RANK, taps);
    for (int o = 0; o < OUTPUTS; o++) {
      for (int c = 0; c < INPUTS; c++) {
        for (int tap = 0; tap < taps; tap++) {
          int row = tap / columns;
          int column = tap % columns;
          double sum = 0;
          for (int r = 0; r < RANK; r++) {
            switch (method) {
              case SPATIAL -> sum += left[r][o * columns + column] * right[r][c * rows + row];
              case CHANNEL -> sum += left[r][o] * right[r][c * taps + tap];
              case TUCKER -> {
                for (int q = 0; q < RANK; q++) {
                  sum += left[r][o] * core[r * RANK + q][tap] * right[q][c];
                }
              }
            }
          }
          weights[(o * INPUTS + c) * taps + tap] = (float) sum;
        }
      }
    }
    return Tensor.ofFloats(Shape.of(OUTPUTS, INPUTS, rows, columns), weights);
  }

  private Model convolution(NodeBuilder attributes, Tensor weights) {
    Value x = fixture.input("x", 2, weights.shape().size(1), 11, 13);
    fixture.outputs(
        fixture.add(
            attributes,
            "conv",
            x,
            fixture.constant("w", weights),
            fixture.weights("b", weights.shape().size(0))));
    return fixture.model();
  }

  private static FactoredModel factored(Model model, FactorMethod method, RankRule rule) {
    return Factorization.of(model).methods(EnumSet.of(method)).rank(rule).align(1).run();
  }

  private static double error(Model before, Model after) {
    Map<String, Tensor> inputs = randomInputs(before, 3);
    Map<String, Tensor> expected = run(before, inputs);
    String output = expected.keySet().iterator().next();
    return Equivalence.relativeError(expected.get(output), run(after, inputs).get(output));
  }

  static Stream<Arguments> windows() {
    return Stream.of(FactorMethod.values())
        .flatMap(method ->
            Stream.of(
                Arguments.of(method, 3, 3, new long[] {1, 1, 1, 1}, new long[] {1, 1}, 1),
                Arguments.of(method, 3, 5, new long[] {0, 2, 1, 1}, new long[] {2, 1}, 1),
                Arguments.of(method, 2, 3, new long[] {1, 0, 0, 2}, new long[] {1, 3}, 1),
                Arguments.of(method, 3, 3, new long[] {2, 2, 2, 2}, new long[] {1, 2}, 2)));
  }

  @ParameterizedTest
  @MethodSource("windows")
  void layersOfThatRankComputeTheSame(
      FactorMethod method, int rows, int columns, long[] pads, long[] strides, long dilation) {
    Model model =
        convolution(
            NodeBuilder.of("Conv")
                .ints("pads", pads)
                .ints("strides", strides)
                .ints("dilations", dilation, dilation),
            lowRank(method, rows, columns));

    FactoredModel result = factored(model, method, new RankRule.Energy(1 - 1e-10));

    Split split = (Split) result.report().layers().getFirst();
    assertThat(split.ranks()).containsOnly(RANK);
    assertThat(split.error()).isLessThan(1e-4);
    assertThat(split.macsShare()).isLessThan(1);
    assertThat(error(model, result.model())).isLessThan(1e-5);
  }

  @ParameterizedTest
  @EnumSource(FactorMethod.class)
  void automaticPaddingIsWrittenOut(FactorMethod method) {
    Model model =
        convolution(
            NodeBuilder.of("Conv").attribute("auto_pad", "SAME_LOWER"), lowRank(method, 2, 3));

    FactoredModel result = factored(model, method, new RankRule.Energy(1 - 1e-10));

    assertThat(error(model, result.model())).isLessThan(1e-5);
  }

  @ParameterizedTest
  @CsvSource({"0", "1"})
  void productsBecomeTwo(long transposed) {
    double[][] left = matrix(OUTPUTS, RANK);
    double[][] right = matrix(RANK, INPUTS);
    float[] weights = new float[OUTPUTS * INPUTS];
    for (int o = 0; o < OUTPUTS; o++) {
      for (int c = 0; c < INPUTS; c++) {
        double sum = 0;
        for (int r = 0; r < RANK; r++) {
          sum += left[o][r] * right[r][c];
        }
        weights[transposed == 1 ? o * INPUTS + c : c * OUTPUTS + o] = (float) sum;
      }
    }
    Shape shape = transposed == 1 ? Shape.of(OUTPUTS, INPUTS) : Shape.of(INPUTS, OUTPUTS);
    fixture.outputs(
        fixture.add(
            NodeBuilder.of("Gemm").attribute("transB", transposed),
            "fc",
            fixture.input("x", 4, INPUTS),
            fixture.constant("w", Tensor.ofFloats(shape, weights)),
            fixture.weights("b", OUTPUTS)));
    Model model = fixture.model();

    FactoredModel result = factored(model, FactorMethod.CHANNEL, new RankRule.Energy(1 - 1e-10));

    assertThat(opTypes(result.model())).containsExactly("MatMul", "Gemm");
    assertThat(error(model, result.model())).isLessThan(1e-5);
  }

  @ParameterizedTest
  @EnumSource(FactorMethod.class)
  void aShareOfTheMacsIsMetAndTheErrorIsThatOfTheWeights(FactorMethod method) {
    Model model = convolution(NodeBuilder.of("Conv"), noise(24, 16, 3, 3));

    Split split =
        (Split) factored(model, method, new RankRule.Macs(0.5)).report().layers().getFirst();

    assertThat(split.macsShare()).isBetween(0.4, 0.5);
    assertThat(split.error()).isBetween(0.3, 0.9);
  }

  private static Tensor noise(int... sizes) {
    GraphMaker maker = new GraphMaker(17, 9);
    long[] longs = new long[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      longs[i] = sizes[i];
    }
    return maker.normal(longs);
  }

  @Test
  void moreEnergyLosesLess() {
    double last = 1;
    for (double energy : new double[] {0.3, 0.5, 0.7}) {
      GraphMaker maker = new GraphMaker(17);
      maker.outputs(
          maker.add("MatMul", "y", maker.input("x", 4, 64), maker.constant("w", noise(64, 64))));
      Split split =
          (Split)
              factored(maker.model(), FactorMethod.CHANNEL, new RankRule.Energy(energy))
                  .report()
                  .layers()
                  .getFirst();
      assertThat(split.error()).isLessThan(last).isLessThanOrEqualTo(Math.sqrt(1 - energy) + 1e-9);
      last = split.error();
    }
  }

  @Test
  void ranksAreMultiplesWhereTheLayerIsLargeEnough() {
    Model model = convolution(NodeBuilder.of("Conv"), noise(64, 48, 3, 3));
    for (FactorMethod method : FactorMethod.values()) {
      FactoredModel result =
          Factorization.of(model)
              .methods(Set.of(method))
              .rank(new RankRule.Macs(0.5))
              .align(8)
              .run();
      assertThat(result.report().splits().getFirst().ranks())
          .allSatisfy(rank -> assertThat(rank % 8).isZero());
    }
  }

  @Test
  void whatCannotBeSplitStaysWithItsReason() {
    Value x = fixture.input("x", 1, 8, 8, 8);
    Value grouped =
        fixture.add(
            NodeBuilder.of("Conv").attribute("group", 8),
            "g",
            x,
            fixture.weights("g.w", 8, 1, 3, 3));
    Value computed = fixture.add("Conv", "c", grouped, fixture.input("k", 8, 8, 3, 3));
    fixture.outputs(fixture.add("Conv", "tiny", computed, fixture.weights("t.w", 2, 8, 1, 1)));
    Model model = fixture.model();

    FactoredModel result = Factorization.of(model).run();

    assertThat(result.report().layers())
        .extracting(layer -> ((Whole) layer).reason())
        .satisfiesExactly(
            reason -> assertThat(reason).isEqualTo("it has groups of channels"),
            reason -> assertThat(reason).isEqualTo("its weights are not constant"),
            reason -> assertThat(reason).contains("times its MACs"));
    assertThat(opTypes(result.model())).isEqualTo(opTypes(model));
  }

  @Test
  void weightsWithNanStay() {
    Model model =
        convolution(NodeBuilder.of("Conv"), Tensor.ofFloats(Shape.of(1, 1, 1, 1), Float.NaN));
    assertThat(((Whole) Factorization.of(model).run().report().layers().getFirst()).reason())
        .isEqualTo("its weights hold NaN or infinity");
  }

  @Test
  void onlyWhatIsMeasuredFasterIsSplit() {
    Model model = convolution(NodeBuilder.of("Conv"), noise(64, 48, 3, 3));
    Map<String, Shape> shapes = Map.of("x", Shape.of(2, 48, 11, 13));
    RankRule half = new RankRule.Macs(0.5);

    FactoredModel slower =
        Factorization.of(model).rank(half).measuring((_, _) -> 0.99, shapes).run();
    FactoredModel faster =
        Factorization.of(model)
            .rank(half)
            .measuring(
                (layer, factors) -> {
                  assertThat(error(layer, factors)).isLessThan(1);
                  return opTypes(factors).size() == 3 ? 0.4 : 0.5;
                },
                shapes)
            .run();

    assertThat(((Whole) slower.report().layers().getFirst()).reason())
        .endsWith("and 0.99 of its time");
    assertThat(faster.report().splits().getFirst().method()).isEqualTo(FactorMethod.TUCKER);
    assertThat(faster.report().splits().getFirst().timeRatio()).hasValue(0.4);
  }

  @Test
  void sharedWeightsStayForTheirOtherReader() {
    Value x = fixture.input("x", 1, 16, 8, 8);
    Value shared = fixture.constant("w", noise(16, 16, 3, 3));
    Value first = fixture.add(NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1), "first", x, shared);
    fixture.outputs(
        fixture.add(NodeBuilder.of("Conv").attribute("group", 1), "second", first, shared));
    FactoredModel result =
        Factorization.of(fixture.model())
            .rank(new RankRule.Macs(0.5))
            .excluding(NodeSelection.of(List.of("second")))
            .run();
    assertThat(result.report().splits()).hasSize(1);
    assertThat(result.model().graph().value("w")).isPresent();
    assertThat(error(fixture.model(), result.model())).isLessThan(1);
  }

  @Test
  void sharesLieBetweenZeroAndOne() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new RankRule.Energy(1))
        .withMessage("the share of the energy must be above 0 and below 1, got 1.0");
  }
}
