// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A normalization between a layer and a sign becomes a threshold for every sign of its factor: γ >
/// 0, γ < 0 and γ = 0 of both zeroes, with β of both signs and 0, with the mean on a sum, with and
/// without the scale α of XNOR-Net (one of them 0), with pooling before (BinaryNet's order), within
/// and after.
class FoldingTest {
  private static final SessionOptions EXACT = SessionOptions.DEFAULT.withOptimization(false);
  private static final float[] GAMMA = {1.5f, -1.5f, 0, -0f, 1e-30f, -1e-30f};
  private static final float[] BETA = {0.25f, -0.25f, 0, -0f};
  private static final float[] MEAN = {0, 4, -3.5f};
  private static final int OUT = GAMMA.length * BETA.length * MEAN.length;

  private enum Pooling {
    NONE,
    BEFORE,
    AFTER
  }

  @ParameterizedTest(name = "pooling {0}, scale {1}, ternary {2}")
  @CsvSource({
    "NONE,false,false",
    "NONE,true,false",
    "BEFORE,false,false",
    "BEFORE,true,false",
    "AFTER,false,false",
    "AFTER,true,true",
    "NONE,true,true",
    "BEFORE,false,true",
  })
  void thresholdsAnswerAsTheFloatForm(Pooling pooling, boolean scaled, boolean ternary) {
    BinaryNets net = new BinaryNets(pooling.ordinal() + (scaled ? 10 : 0) + (ternary ? 20 : 0));
    Value x = net.input(5, 9, 8);
    Value weights = ternary ? net.ternary(OUT, 5, 3, 3) : net.binary(OUT, 5, 3, 3);
    Value value =
        net.node(
            NodeBuilder.of("Conv")
                .inputs(net.sign(x), weights)
                .ints("pads", 1, 1, 1, 1)
                .ints("kernel_shape", 3, 3));
    if (scaled) {
      value = net.node("Mul", value, net.constant(scales()));
    }
    value = pooling == Pooling.BEFORE ? pool(net, value) : value;
    value = net.node("BatchNormalization", value, gamma(net), beta(net), mean(net), one(net));
    value = net.sign(value);
    value = pooling == Pooling.AFTER ? pool(net, value) : value;
    Value next = net.node("Conv", value, net.binary(7, OUT, 2, 2));
    Model model = net.model(next);

    Map<String, Tensor> fed = Map.of("x", net.feed(6, 5, 9, 8));
    XnorBackend xnor = new XnorBackend();
    assertThat(xnor.plan(model).binary()).hasSize(2);
    try (Session expected = new OnnxRuntimeBackend().open(model, EXACT);
        Session actual = xnor.open(model, EXACT)) {
      String output = model.graph().outputs().getFirst().name();
      assertThat(actual.run(fed).get(output).toFloats())
          .isEqualTo(expected.run(fed).get(output).toFloats());
    }
  }

  private static Value pool(BinaryNets net, Value x) {
    return net.node(
        NodeBuilder.of("MaxPool").inputs(x).ints("kernel_shape", 2, 2).ints("strides", 2, 2));
  }

  private static Value gamma(BinaryNets net) {
    return channels(net, GAMMA, 1);
  }

  private static Value beta(BinaryNets net) {
    return channels(net, BETA, GAMMA.length);
  }

  private static Value mean(BinaryNets net) {
    return channels(net, MEAN, GAMMA.length * BETA.length);
  }

  private static Value one(BinaryNets net) {
    return channels(net, new float[] {1}, 1);
  }

  /// α of each filter, 0 for every seventh.
  private static Tensor scales() {
    float[] scales = new float[OUT];
    for (int i = 0; i < OUT; i++) {
      scales[i] = i % 7 == 6 ? 0 : 0.1f * (i % 7 + 1);
    }
    return Tensor.ofFloats(Shape.of(OUT, 1, 1), scales);
  }

  /// Values that change every `each` channels.
  private static Value channels(BinaryNets net, float[] values, int each) {
    float[] channels = new float[OUT];
    for (int i = 0; i < OUT; i++) {
      channels[i] = values[i / each % values.length];
    }
    return net.constant(Tensor.ofFloats(Shape.of(OUT), channels));
  }
}
