// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.BinaryNets;
import dev.quench.xnor.XnorBackend;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// What is taken for binary, and what only looks so.
class XnorPlanTest {
  private static final int CHANNELS = 8;

  @Test
  void namesBinaryLayersWithTheirSizes() {
    BinaryNets net = new BinaryNets(1);
    Value x = net.input(40, 6, 6);
    Value sums = net.node("Conv", net.sign(x), net.ternary(70, 40, 3, 3));
    XnorPlan plan = new XnorBackend().plan(net.model(net.node("Sigmoid", sums)));
    assertThat(plan.binary())
        .singleElement()
        .satisfies(layer -> {
          assertThat(layer.channels()).isEqualTo(40);
          assertThat(layer.outChannels()).isEqualTo(70);
          assertThat(layer.ternary()).isTrue();
          assertThat(layer.node()).startsWith("Conv");
        });
    assertThat(plan.kept()).extracting(XnorPlan.Kept::opType).containsExactly("Sigmoid");
    assertThat(plan.kernel()).isNotBlank();
  }

  /// Groups that end inside of a word need a mask, but no zeros.
  @Test
  void groupsMakeNoTernaryLayers() {
    BinaryNets net = new BinaryNets(1);
    Value sums =
        net.node(
            NodeBuilder.of("Conv")
                .attribute("group", 4)
                .inputs(net.sign(net.input(8, 6, 6)), net.binary(8, 2, 3, 3)));
    XnorPlan plan = new XnorBackend().plan(net.model(net.node("Sigmoid", sums)));
    assertThat(plan.binary())
        .singleElement()
        .satisfies(layer -> assertThat(layer.ternary()).isFalse());
  }

  @Test
  void acceptsEveryFormOfTheSameSign() {
    assertBinary(net -> x -> where(net, "GreaterOrEqual", x, net.scalar(0), 1, -1));
    assertBinary(net -> x -> where(net, "GreaterOrEqual", x, net.scalar(-0.0f), 1, -1));
    assertBinary(net -> x -> where(net, "LessOrEqual", net.scalar(0), x, 1, -1));
    assertBinary(net -> x -> where(net, "Less", x, net.scalar(0), -1, 1));
    assertBinary(net -> x -> where(net, "Greater", net.scalar(0), x, -1, 1));
  }

  @Test
  void keepsSignsThatTreatZeroOtherwise() {
    assertKept("does not count 0", net -> x -> where(net, "Greater", x, net.scalar(0), 1, -1));
    assertKept("does not count 0", net -> x -> where(net, "LessOrEqual", x, net.scalar(0), -1, 1));
    assertKept("Sign gives 0 for 0", net -> x -> net.node("Sign", x));
  }

  @Test
  void keepsChoicesThatAreNoSigns() {
    assertKept(
        "expected 1 and -1",
        net -> x -> where(net, "GreaterOrEqual", x, net.scalar(0), 0.99f, -0.99f));
    assertKept(
        "expected 1 and -1", net -> x -> where(net, "GreaterOrEqual", x, net.scalar(0), -1, 1));
    assertKept(
        "does not compare with 0",
        net -> x -> where(net, "GreaterOrEqual", x, net.scalar(0.5f), 1, -1));
  }

  @Test
  void keepsWeightsThatAreNotExact() {
    assertWeightsKept("0.99", 0.99f);
    assertWeightsKept("move the scale", 0.25f);
    assertWeightsKept("not exactly", Float.NaN);
  }

  @Test
  void keepsDenseBiasThatDependsOnTheOrderOfTheSum() {
    for (float bias : new float[] {0.25f, 0.1f}) {
      BinaryNets net = new BinaryNets(2);
      Value x = net.input(CHANNELS);
      float[] values = new float[4];
      Arrays.fill(values, bias);
      Value bits = net.sign(x);
      Value sums =
          net.node(
              "Gemm",
              bits,
              net.binary(CHANNELS, 4),
              net.constant(Tensor.ofFloats(Shape.of(4), values)));
      assertThat(new XnorBackend().plan(net.model(sums)).hasBinaryLayers())
          .as("bias %s", bias)
          .isEqualTo(bias == 0.25f);
    }
  }

  @Test
  void keepsSignsThatNoBinaryLayerReads() {
    BinaryNets net = new BinaryNets(3);
    Value x = net.input(CHANNELS, 4, 4);
    Model model = net.model(net.node("Conv", net.sign(x), net.floats(4, CHANNELS, 1, 1)));
    XnorPlan plan = new XnorBackend().plan(model);
    assertThat(plan.hasBinaryLayers()).isFalse();
    assertThat(plan.kept())
        .filteredOn(kept -> kept.opType().equals("Where"))
        .extracting(XnorPlan.Kept::reason)
        .containsExactly("no binary layer reads it");
  }

  @Test
  void keepsOneDimensionalConvolutions() {
    BinaryNets net = new BinaryNets(4);
    Value x = net.input(CHANNELS, 9);
    Model model = net.model(net.node("Conv", net.sign(x), net.binary(4, CHANNELS, 3)));
    assertThat(new XnorBackend().plan(model).hasBinaryLayers()).isFalse();
  }

  @Test
  void doesNotChangeTheModel() {
    BinaryNets net = new BinaryNets(5);
    Value x = net.input(CHANNELS, 4, 4);
    Model model = net.model(net.node("Conv", net.sign(x), net.binary(4, CHANNELS, 1, 1)));
    int nodes = model.graph().nodes().size();
    new XnorBackend().plan(model);
    assertThat(model.graph().nodes()).hasSize(nodes);
  }

  private interface Sign {
    UnaryOperator<Value> in(BinaryNets net);
  }

  private static XnorPlan plan(Sign sign) {
    BinaryNets net = new BinaryNets(6);
    Value x = net.input(CHANNELS, 4, 4);
    Value bits = sign.in(net).apply(x);
    return new XnorBackend().plan(net.model(net.node("Conv", bits, net.binary(4, CHANNELS, 1, 1))));
  }

  private static void assertBinary(Sign sign) {
    XnorPlan plan = plan(sign);
    assertThat(plan.binary()).hasSize(1);
    assertThat(plan.kept()).isEmpty();
  }

  private static void assertKept(String reason, Sign sign) {
    XnorPlan plan = plan(sign);
    assertThat(plan.binary()).isEmpty();
    assertThat(plan.kept()).anySatisfy(kept -> assertThat(kept.reason()).contains(reason));
    assertThat(plan.kept())
        .anySatisfy(kept -> assertThat(kept.reason()).contains("its input is not binary"));
  }

  private static void assertWeightsKept(String reason, float magnitude) {
    BinaryNets net = new BinaryNets(7);
    Value x = net.input(CHANNELS, 4, 4);
    Value weights =
        net.constant(
            BinaryNets.tensor(
                Shape.of(4, CHANNELS, 3, 3),
                () -> net.random().nextBoolean() ? magnitude : -magnitude));
    XnorPlan plan = new XnorBackend().plan(net.model(net.node("Conv", net.sign(x), weights)));
    assertThat(plan.binary()).isEmpty();
    assertThat(plan.kept()).anySatisfy(kept -> assertThat(kept.reason()).contains(reason));
  }

  private static Value where(
      BinaryNets net, String compare, Value left, Value right, float whenTrue, float whenFalse) {
    return net.node(
        NodeBuilder.of("Where")
            .inputs(net.node(compare, left, right), net.scalar(whenTrue), net.scalar(whenFalse)));
  }
}
