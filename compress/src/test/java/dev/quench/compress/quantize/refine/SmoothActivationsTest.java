// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import static dev.quench.compress.Equivalence.BACKEND;
import static dev.quench.compress.Equivalence.assertSameOutputs;
import static dev.quench.compress.Equivalence.opTypes;
import static dev.quench.compress.Equivalence.randomInputs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.OutputFidelity;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.onnxruntime.InsertOnnxRuntimeQdq;
import dev.quench.compress.quantize.onnxruntime.OnnxRuntimeOptions;
import dev.quench.compress.quantize.refine.SmoothActivations.Smoothed;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmoothActivationsTest {
  private static final double TOLERANCE = 1e-5;
  private static final int FEATURES = 32;
  private final GraphMaker fixture = new GraphMaker(17);

  /// The factors of a normalization, with features 3 and 20 far above the others.
  private Value uneven(String name) {
    float[] values = fixture.normal(FEATURES).toFloats();
    values[3] = 60;
    values[20] = -40;
    return fixture.constant(name, Tensor.ofFloats(Shape.of(FEATURES), values));
  }

  private Value normalized(String name, Value x) {
    return fixture.add(
        "LayerNormalization",
        name,
        x,
        uneven(name + ".scale"),
        fixture.weights(name + ".bias", FEATURES));
  }

  /// Normalization as older exporters write it: its factors are a `Mul` and an `Add`.
  private Value decomposed(String name, Value x) {
    Value scaled = fixture.add("Mul", name + ".mul", uneven(name + ".scale"), x);
    return fixture.add("Add", name, scaled, fixture.weights(name + ".bias", FEATURES));
  }

  /// Large features have small weights, as in trained networks.
  private Value product(String name, Value x) {
    float[] weights = fixture.normal(FEATURES, 24).toFloats();
    for (int n = 0; n < 24; n++) {
      weights[3 * 24 + n] /= 40;
      weights[20 * 24 + n] /= 40;
    }
    return fixture.add(
        "MatMul",
        name,
        x,
        fixture.constant(name + ".w", Tensor.ofFloats(Shape.of(FEATURES, 24), weights)));
  }

  private static List<Smoothed> smooth(Model model, OptionalDouble alpha) {
    Set<String> tensors = SmoothActivations.tensors(model);
    return SmoothActivations.apply(
        model,
        FeatureStatistics.measure(BACKEND, model, tensors, List.of(randomInputs(model, 5))),
        alpha);
  }

  private Model attention(boolean ofOneNode) {
    Value x = fixture.input("x", 2, 5, FEATURES);
    Value h = ofOneNode ? normalized("h", x) : decomposed("h", x);
    Value gemm =
        fixture.add(
            NodeBuilder.of("Gemm").attribute("transB", 1),
            "gemm",
            fixture.add(
                "Reshape", "flat", product("v", h), fixture.constant("s", Tensor.vector(-1, 24))),
            fixture.weights("g", 7, 24));
    fixture.outputs(product("q", h), product("k", h), gemm, fixture.add("Add", "residual", h, x));
    return fixture.model();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keepsTheOutputsAndSharesTheScalesOfQueriesKeysAndValues(boolean ofOneNode) {
    Model model = attention(ofOneNode);
    Model before = model.copy();

    List<Smoothed> smoothed = smooth(model, OptionalDouble.of(0.5));

    assertThat(smoothed)
        .singleElement()
        .satisfies(each -> {
          assertThat(each.activation()).isEqualTo("h");
          assertThat(each.products())
              .containsExactlyInAnyOrder("MatMul 'q'", "MatMul 'k'", "MatMul 'v'");
          assertThat(each.noiseDecibels()).isLessThan(-6);
        });
    assertSameOutputs(before, model, TOLERANCE);
    assertThat(opTypes(model)).filteredOn("Mul"::equals).hasSize(ofOneNode ? 1 : 2);
  }

  @Test
  void withoutOtherReadersNoNodeIsAdded() {
    fixture.outputs(product("q", normalized("h", fixture.input("x", 4, FEATURES))));
    Model model = fixture.model();
    Model before = model.copy();

    smooth(model, OptionalDouble.empty());

    assertThat(opTypes(model)).containsExactly("LayerNormalization", "MatMul");
    assertSameOutputs(before, model, TOLERANCE);
  }

  @Test
  void theScalesAreThoseOfThePaper() {
    fixture.outputs(product("q", normalized("h", fixture.input("x", 4, FEATURES))));
    Model model = fixture.model();
    Map<String, Tensor> inputs = randomInputs(model, 5);
    FeatureStatistics measured =
        FeatureStatistics.measure(BACKEND, model, Set.of("h"), List.of(inputs));
    double[] reached = measured.of("h").orElseThrow().largest();
    Tensor before = model.graph().value("h.scale").orElseThrow().constant().orElseThrow();
    Tensor weights = model.graph().value("q.w").orElseThrow().constant().orElseThrow();

    SmoothActivations.apply(model, measured, OptionalDouble.of(0.75));

    Tensor after = model.graph().value("h.scale").orElseThrow().constant().orElseThrow();
    for (int j = 0; j < FEATURES; j++) {
      double largest = 0;
      for (int n = 0; n < 24; n++) {
        largest = Math.max(largest, Math.abs(weights.doubleAt(j * 24L + n)));
      }
      double s = Math.pow(reached[j], 0.75) / Math.pow(largest, 0.25);
      assertThat(after.doubleAt(j) * s / before.doubleAt(j)).isBetween(1 - 1e-6, 1 + 1e-6);
    }
  }

  @Test
  void staticInt8LosesLessOfANetworkWithOutlierFeaturesInBothForms() {
    Model model = attention(true);
    Map<String, Tensor> inputs = randomInputs(model, 5);
    double tensorRt = tensorRtSqnr(model, inputs);
    double onnxRuntime = onnxRuntimeSqnr(model, inputs);

    smooth(model, OptionalDouble.empty());

    assertThat(tensorRtSqnr(model, inputs)).isGreaterThan(tensorRt + 6);
    assertThat(onnxRuntimeSqnr(model, inputs)).isGreaterThan(onnxRuntime + 6);
  }

  private static double tensorRtSqnr(Model model, Map<String, Tensor> inputs) {
    Model int8 = model.copy();
    new InsertQdq(ranges(model, inputs), QdqOptions.DEFAULT.withSmallLayers(true).withStrict(false))
        .apply(int8);
    return sqnr(model, int8, inputs);
  }

  private static double onnxRuntimeSqnr(Model model, Map<String, Tensor> inputs) {
    Model int8 = model.copy();
    new InsertOnnxRuntimeQdq(ranges(model, inputs), OnnxRuntimeOptions.DEFAULT.withStrict(false))
        .apply(int8);
    return sqnr(model, int8, inputs);
  }

  private static double sqnr(Model exact, Model int8, Map<String, Tensor> inputs) {
    try (Session expected = BACKEND.open(exact, SessionOptions.DEFAULT.withOptimization(false));
        Session actual = BACKEND.open(int8, SessionOptions.DEFAULT.withOptimization(false))) {
      return OutputFidelity.of(List.of(expected.run(inputs)), List.of(actual.run(inputs)))
          .sqnrDecibels();
    }
  }

  private static QuantizationRanges ranges(Model model, Map<String, Tensor> inputs) {
    Map<String, Double> ranges = new HashMap<>();
    try (Session session =
        BACKEND.open(model, SessionOptions.DEFAULT.withTaps(Set.of("h", "flat")))) {
      session.observe(
          inputs,
          (name, activation) -> {
            for (float value : activation.toFloats()) {
              ranges.merge(name, (double) Math.abs(value), Math::max);
            }
          });
    }
    return name ->
        ranges.containsKey(name) ? OptionalDouble.of(ranges.get(name)) : OptionalDouble.empty();
  }

  @Test
  void leavesWhatTheCallerReadsAndWhatHasNoFactors() {
    Value x = fixture.input("x", 4, FEATURES);
    Value output = normalized("output", x);
    Value sum = fixture.add("Add", "sum", x, fixture.weights("b", FEATURES));
    fixture.outputs(output, product("q", output), product("k", sum));

    assertThat(SmoothActivations.tensors(fixture.model())).isEmpty();
  }

  @Test
  void balancedFeaturesAreLeftAsTheyAre() {
    Value x = fixture.input("x", 64, 4);
    Value ones = fixture.constant("ones", Tensor.ofFloats(Shape.of(4), 1, 1, 1, 1));
    fixture.outputs(
        fixture.add(
            "MatMul",
            "y",
            fixture.add("Mul", "h", x, ones),
            fixture.constant("w", Tensor.ofFloats(Shape.of(4, 1), 1, 1, 1, 1))));
    Model model = fixture.model();
    float[] alternating = new float[256];
    for (int i = 0; i < alternating.length; i++) {
      alternating[i] = i / 4 % 2 == 0 ? 1 : -1;
    }
    Map<String, Tensor> inputs = Map.of("x", Tensor.ofFloats(Shape.of(64, 4), alternating));

    List<Smoothed> smoothed =
        SmoothActivations.apply(
            model,
            FeatureStatistics.measure(BACKEND, model, Set.of("h"), List.of(inputs)),
            OptionalDouble.empty());

    assertThat(smoothed)
        .singleElement()
        .extracting(Smoothed::alpha)
        .isEqualTo(OptionalDouble.empty());
  }

  @Test
  void refusesAnAlphaOutsideItsRange() {
    Model model = attention(true);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> smooth(model, OptionalDouble.of(1.5)))
        .withMessage("alpha must be from 0 to 1, got 1.5");
  }
}
