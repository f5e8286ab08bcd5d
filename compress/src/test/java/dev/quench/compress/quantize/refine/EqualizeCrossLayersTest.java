// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import static dev.quench.compress.Equivalence.BACKEND;
import static dev.quench.compress.Equivalence.assertSameOutputs;
import static dev.quench.compress.Equivalence.randomInputs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.RealModels;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.OutputFidelity;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EqualizeCrossLayersTest {
  private static final EqualizeCrossLayers PASS = new EqualizeCrossLayers();
  private static final double TOLERANCE = 1e-4;

  @Test
  void leavesLayersWhoseGroupsDoNotDivideTheirChannels() {
    GraphMaker fixture = new GraphMaker();
    Value x = fixture.input("x", 1, 3, 4, 4);
    Value first = fixture.add("Conv", "first", x, fixture.weights("w1", 6, 3, 1, 1));
    Value odd =
        fixture.add(
            NodeBuilder.of("Conv").attribute("group", 38),
            "odd",
            first,
            fixture.weights("w2", 4, 6, 1, 1));
    fixture.outputs(odd);
    assertThat(PASS.apply(fixture.model())).isFalse();
  }

  @Test
  void keepsOutputsThroughPoolingDepthwiseGroupsAndFlattening() {
    GraphMaker fixture = new GraphMaker();
    Value x = fixture.input("x", 2, 3, 8, 8);
    Value first =
        fixture.add(
            "Conv", "first", x, uneven(fixture, "w1", 8, 3, 3, 3), fixture.weights("b1", 8));
    Value relu = fixture.add("Relu", "relu", first);
    Value depthwise =
        fixture.add(
            NodeBuilder.of("Conv").attribute("group", 8),
            "depthwise",
            relu,
            fixture.weights("w2", 16, 1, 3, 3));
    Value leaky =
        fixture.add(NodeBuilder.of("LeakyRelu").attribute("alpha", 0.2f), "leaky", depthwise);
    Value pooled =
        fixture.add(NodeBuilder.of("MaxPool").ints("kernel_shape", 2, 2), "pooled", leaky);
    Value grouped =
        fixture.add(
            NodeBuilder.of("Conv").attribute("group", 4),
            "grouped",
            pooled,
            fixture.weights("w3", 8, 4, 1, 1));
    Value flat = fixture.add(NodeBuilder.of("Flatten"), "flat", grouped);
    Value y = fixture.add("Gemm", "y", flat, fixture.weights("w4", 72, 5));
    Value other =
        fixture.add(
            NodeBuilder.of("Gemm").attribute("transB", 1),
            "other",
            flat,
            fixture.weights("w5", 4, 72));
    fixture.outputs(y, other);
    Model model = fixture.model();
    Model before = model.copy();

    assertThat(PASS.apply(model)).isTrue();

    assertSameOutputs(before, model, TOLERANCE);
    assertThat(PASS.apply(model)).isFalse();
  }

  @Test
  void balancesWhatOneLayerWritesAndTheNextReads() {
    GraphMaker fixture = twoLayers();
    Model model = fixture.model();
    PASS.apply(model);
    EqualizationPair pair = EqualizationPair.of(model.graph()).getFirst();
    double[] produced = pair.producerRanges();
    double[] consumed = pair.consumerRanges();
    for (int c = 0; c < produced.length; c++) {
      assertThat(produced[c] / consumed[c]).isBetween(0.99, 1.01);
    }
  }

  @Test
  void balancesMeasuredActivations() {
    GraphMaker fixture = twoLayers();
    Model model = fixture.model();
    Model before = model.copy();
    List<Map<String, Tensor>> samples = List.of(randomInputs(model, 5));
    Set<String> tensors = EqualizeCrossLayers.tensors(model);
    assertThat(tensors).containsExactly("relu");
    double spread = spread(model, samples);

    EqualizeCrossLayers.balance(model, ChannelRanges.measure(BACKEND, model, tensors, samples));

    assertSameOutputs(before, model, TOLERANCE);
    assertThat(spread(model, samples)).isLessThan(spread / 5);
  }

  private static double spread(Model model, List<Map<String, Tensor>> samples) {
    double[] ranges =
        ChannelRanges.measure(BACKEND, model, Set.of("relu"), samples)
            .largest("relu")
            .orElseThrow();
    return Arrays.stream(ranges).max().getAsDouble() / Arrays.stream(ranges).min().getAsDouble();
  }

  @Test
  void makesInt8KeepMoreOfAModelWithUnevenChannels() {
    GraphMaker fixture = twoLayers();
    Model model = fixture.model();
    List<Map<String, Tensor>> samples = List.of(randomInputs(model, 6));
    double before = int8Sqnr(model, samples);
    PASS.apply(model);
    assertThat(int8Sqnr(model, samples)).isGreaterThan(before + 3);
  }

  private static double int8Sqnr(Model model, List<Map<String, Tensor>> samples) {
    Model copy = model.copy();
    QdqOptions all = QdqOptions.DEFAULT.withSmallLayers(true);
    Map<String, Double> ranges = new HashMap<>();
    try (Session session =
        BACKEND.open(copy, SessionOptions.DEFAULT.withTaps(QdqPlacement.tensors(copy, all)))) {
      session.observe(
          samples.getFirst(),
          (name, activation) -> {
            double largest = 0;
            for (float value : activation.toFloats()) {
              largest = Math.max(largest, Math.abs(value));
            }
            ranges.put(name, largest);
          });
    }
    List<Map<String, Tensor>> expected = run(copy, samples);
    new InsertQdq(name -> OptionalDouble.of(ranges.get(name)), all).apply(copy);
    return OutputFidelity.of(expected, run(copy, samples)).sqnrDecibels();
  }

  private static List<Map<String, Tensor>> run(Model model, List<Map<String, Tensor>> samples) {
    try (Session session = BACKEND.open(model, SessionOptions.DEFAULT)) {
      return samples.stream().map(session::run).toList();
    }
  }

  @Test
  void keepsRealNetworks() throws IOException {
    Model model = RealModels.networkInNetwork();
    Fusion.standard(BACKEND).apply(model);
    Model before = model.copy();
    assertThat(PASS.apply(model)).isTrue();
    assertSameOutputs(before, model, TOLERANCE);
    assertThat(PASS.apply(model)).isFalse();
  }

  @Test
  void leavesWhatOthersReadOrWhatIsNotHomogeneous() {
    GraphMaker fixture = new GraphMaker();
    Value x = fixture.input("x", 1, 4, 4, 4);
    Value first = fixture.add("Conv", "first", x, uneven(fixture, "w1", 4, 4, 1, 1));
    Value tanh = fixture.add("Tanh", "tanh", first);
    Value second = fixture.add("Conv", "second", tanh, uneven(fixture, "w2", 4, 4, 1, 1));
    Value third = fixture.add("Conv", "third", second, fixture.weights("w3", 4, 4, 1, 1));
    fixture.outputs(second, third);
    assertThat(PASS.apply(fixture.model())).isFalse();
  }

  @Test
  void leavesDeadChannelsAlone() {
    GraphMaker fixture = new GraphMaker();
    Value x = fixture.input("x", 1, 1, 2, 2);
    float[] weights = {0, 3};
    Value w = fixture.constant("w1", Tensor.ofFloats(Shape.of(2, 1, 1, 1), weights));
    Value first = fixture.add("Conv", "first", x, w);
    fixture.outputs(fixture.add("Conv", "second", first, fixture.weights("w2", 1, 2, 1, 1)));
    Model model = fixture.model();
    Model before = model.copy();
    PASS.apply(model);
    assertSameOutputs(before, model, TOLERANCE);
  }

  private static GraphMaker twoLayers() {
    GraphMaker fixture = new GraphMaker();
    Value x = fixture.input("x", 2, 16, 6, 6);
    Value first =
        fixture.add(
            "Conv", "first", x, uneven(fixture, "w1", 32, 16, 3, 3), fixture.weights("b1", 32));
    Value relu = fixture.add("Relu", "relu", first);
    fixture.outputs(fixture.add("Conv", "second", relu, undone(fixture, "w2", 16, 32, 3, 3)));
    return fixture;
  }

  /// Channels from 1 to 64 times as large.
  private static Value uneven(GraphMaker fixture, String name, long... sizes) {
    Tensor normal = fixture.normal(sizes);
    float[] values = normal.toFloats();
    int perChannel = (int) (values.length / sizes[0]);
    for (int i = 0; i < values.length; i++) {
      values[i] *= (float) Math.pow(64, (double) (i / perChannel) / sizes[0]);
    }
    return fixture.constant(name, Tensor.ofFloats(normal.shape(), values));
  }

  /// Reads channels that are up to 64 times as large by weights as much smaller, so that all count.
  private static Value undone(GraphMaker fixture, String name, long... sizes) {
    Tensor normal = fixture.normal(sizes);
    float[] values = normal.toFloats();
    int kernel = (int) (sizes[2] * sizes[3]);
    for (int i = 0; i < values.length; i++) {
      values[i] /= (float) Math.pow(64, (double) (i / kernel % sizes[1]) / sizes[1]);
    }
    return fixture.constant(name, Tensor.ofFloats(normal.shape(), values));
  }
}
