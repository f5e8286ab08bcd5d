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
import dev.quench.xnor.plan.XnorPlan;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Random binary networks give the numbers of ONNX Runtime without graph optimization, all of them.
class ExactnessTest {
  private static final SessionOptions OPTIONS = SessionOptions.DEFAULT.withOptimization(false);

  @Test
  void convolutionsOfEveryShape() {
    for (int seed = 0; seed < 60; seed++) {
      BinaryNets net = new BinaryNets(seed);
      SplittableRandom random = net.random();
      int groups = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1;
      int channels = groups * (1 + random.nextInt(80 / groups));
      int out = groups * (1 + random.nextInt(100 / groups));
      int size = 6 + random.nextInt(6);
      int kernel = 1 + random.nextInt(3);
      Value x = net.input(channels, size, size + 1);
      boolean ternary = random.nextInt(3) == 0;
      Value weights =
          ternary
              ? net.ternary(out, channels / groups, kernel, kernel)
              : net.binary(out, channels / groups, kernel, kernel);
      int padding = random.nextInt(3);
      int dilations = padding == 2 ? 2 : 1; // ONNX Runtime refuses them with automatic padding
      NodeBuilder convolution =
          NodeBuilder.of("Conv")
              .inputs(net.sign(x), weights)
              .attribute("group", groups)
              .ints("strides", 1 + random.nextInt(2), 1 + random.nextInt(2))
              .ints("dilations", 1 + random.nextInt(dilations), 1 + random.nextInt(dilations));
      if (random.nextInt(4) == 0) {
        convolution.inputs(net.floats(out));
      }
      switch (padding) {
        case 0 -> convolution.attribute("auto_pad", "SAME_UPPER");
        case 1 -> convolution.attribute("auto_pad", "SAME_LOWER");
        default ->
            convolution.ints(
                "pads", random.nextInt(2), random.nextInt(2), random.nextInt(2), random.nextInt(2));
      }
      Value sums = net.node(convolution);
      int spread = 1 + (int) Math.sqrt((double) channels / groups * kernel * kernel);
      Value normalized = net.normalize(sums, out, spread);
      // One output of bits, one of floats.
      Value next = net.node("Conv", net.sign(normalized), net.binary(8, out, 1, 1));
      boolean floats = random.nextBoolean();
      Model model = floats ? net.model(next, normalized) : net.model(next);
      check(model, net.feed(1 + random.nextInt(3), channels, size, size + 1), 2);
    }
  }

  @Test
  void poolingBeforeAndAfterNormalization() {
    for (int seed = 100; seed < 140; seed++) {
      BinaryNets net = new BinaryNets(seed);
      SplittableRandom random = net.random();
      int channels = 1 + random.nextInt(70);
      int out = 1 + random.nextInt(70);
      Value x = net.input(channels, 9, 10);
      Value sums =
          net.node(
              NodeBuilder.of("Conv")
                  .inputs(net.sign(x), net.binary(out, channels, 3, 3))
                  .ints("pads", 1, 1, 1, 1));
      Value value = sums;
      int place = random.nextInt(3);
      value = place == 0 ? pool(net, value) : value;
      value = net.normalize(value, out, 4);
      value = place == 1 ? pool(net, value) : value;
      if (random.nextBoolean()) {
        value = net.node("Mul", value, net.floats(1, out, 1, 1));
      }
      value = net.sign(value);
      value = place == 2 ? pool(net, value) : value;
      Value next = net.node("Conv", value, net.ternary(5, out, 2, 2));
      check(net.model(next), net.feed(2, channels, 9, 10), 1);
    }
  }

  @Test
  void signsOfZerosBehindNegativeFactors() {
    String[] operators = {"Relu", "Clip", "Identity", "MaxPool", "LeakyRelu"};
    for (int seed = 500; seed < 530; seed++) {
      BinaryNets net = new BinaryNets(seed);
      SplittableRandom random = net.random();
      int out = 1 + random.nextInt(40);
      Value x = net.input(2, 7, 8);
      // Sums of few signs, many of them 0.
      Value sums = net.node("Conv", net.sign(x), net.ternary(out, 2, 2, 2));
      Value scaled = net.node("Mul", sums, net.floats(1, out, 1, 1));
      Value zeros =
          switch (operators[seed % operators.length]) {
            case "MaxPool" -> pool(net, scaled);
            case "Clip" -> net.node("Clip", scaled, net.scalar(-0.0f), net.scalar(3));
            case String other -> net.node(other, scaled);
          };
      Value next = net.node("Conv", net.sign(zeros), net.binary(3, out, 1, 1));
      check(net.model(next, zeros, scaled), net.feed(2, 2, 7, 8), 2, true);
    }
  }

  @Test
  void poolingOfInfinities() {
    for (int seed = 600; seed < 620; seed++) {
      BinaryNets net = new BinaryNets(seed);
      SplittableRandom random = net.random();
      int out = 1 + random.nextInt(40);
      Value x = net.input(3, 9, 10);
      Value sums = net.node("Conv", net.sign(x), net.binary(out, 3, 3, 3));
      Value huge = net.node("Mul", sums, net.scalar(random.nextBoolean() ? 1e38f : -1e38f));
      Value pooled = pool(net, huge);
      Value next = net.node("Conv", net.sign(pooled), net.binary(4, out, 1, 1));
      check(net.model(next, pooled), net.feed(2, 3, 9, 10), 2, true);
    }
  }

  private static Value pool(BinaryNets net, Value x) {
    SplittableRandom random = net.random();
    return net.node(
        NodeBuilder.of("MaxPool")
            .inputs(x)
            .ints("kernel_shape", 2 + random.nextInt(2), 2)
            .ints("strides", 1 + random.nextInt(2), 2)
            .ints("pads", random.nextInt(2), 0, 1, random.nextInt(2))
            .attribute("ceil_mode", random.nextInt(2)));
  }

  @Test
  void denseLayersWithAndWithoutFlattening() {
    for (int seed = 200; seed < 230; seed++) {
      BinaryNets net = new BinaryNets(seed);
      SplittableRandom random = net.random();
      int channels = 1 + random.nextInt(40);
      int hidden = 1 + random.nextInt(130);
      boolean spatial = random.nextBoolean();
      Value x = spatial ? net.input(channels, 3, 4) : net.input(channels * 12L);
      Value bits = net.sign(x);
      if (spatial) {
        bits =
            random.nextBoolean()
                ? net.node(NodeBuilder.of("Flatten").inputs(bits))
                : net.node("Reshape", bits, net.constant(Tensor.vector(0, channels * 12L)));
      }
      Value sums =
          random.nextBoolean()
              ? net.node("MatMul", bits, net.binary(channels * 12L, hidden))
              : net.node(
                  NodeBuilder.of("Gemm")
                      .inputs(bits, net.ternary(hidden, channels * 12L))
                      .attribute("transB", 1));
      Value normalized = net.normalize(sums, hidden, 12);
      Value logits = net.node("MatMul", net.sign(normalized), net.binary(hidden, 10));
      Value scaled = net.node("Mul", logits, net.floats(10));
      Tensor feed =
          spatial ? net.feed(1 + seed % 8, channels, 3, 4) : net.feed(1 + seed % 8, channels * 12L);
      check(net.model(scaled), feed, 1 + seed % 2);
    }
  }

  @Test
  void shortcutsOfRealValuesBetweenFloatLayers() {
    for (int seed = 300; seed < 320; seed++) {
      BinaryNets net = new BinaryNets(seed);
      SplittableRandom random = net.random();
      int width = 8 + random.nextInt(60);
      Value x = net.input(3, 12, 11);
      Value real =
          net.node(
              NodeBuilder.of("Conv")
                  .inputs(x, net.floats(width, 3, 3, 3))
                  .ints("pads", 1, 1, 1, 1));
      real = net.normalize(real, width, 1);
      for (int block = 0; block < 3; block++) {
        Value sums =
            net.node(
                NodeBuilder.of("Conv")
                    .inputs(net.sign(real), net.binary(width, width, 3, 3))
                    .ints("pads", 1, 1, 1, 1));
        Value normalized = net.normalize(sums, width, 6);
        real =
            random.nextBoolean()
                ? net.node("Add", normalized, real)
                : net.node("Add", real, normalized);
        if (block == 1) {
          real =
              net.node(
                  NodeBuilder.of("MaxPool")
                      .inputs(real)
                      .ints("kernel_shape", 2, 2)
                      .ints("strides", 2, 2));
        }
      }
      Value clipped = net.node("Clip", real, net.scalar(-1), net.scalar(1));
      Value last = net.node("Conv", clipped, net.floats(10, width, 1, 1));
      Value mean = net.node("GlobalAveragePool", last);
      Value logits = net.node(NodeBuilder.of("Flatten").inputs(mean));
      check(net.model(logits), net.feed(1 + seed % 3, 3, 12, 11), 2);
    }
  }

  @Test
  void channelShufflesBetweenGroupedLayers() {
    for (int seed = 500; seed < 520; seed++) {
      BinaryNets net = new BinaryNets(seed);
      SplittableRandom random = net.random();
      int groups = 2 + random.nextInt(7);
      int channels = groups * (1 + random.nextInt(20));
      Value x = net.input(channels, 5, 6);
      Value sums = net.node(grouped(net, net.sign(x), channels, groups));
      Value shuffled = shuffle(net, net.sign(net.normalize(sums, channels, 4)), channels, groups);
      Value next = net.node(grouped(net, shuffled, channels, groups));
      Model model = random.nextBoolean() ? net.model(next) : net.model(next, shuffled);
      assertThat(new XnorBackend().plan(model).kept())
          .extracting(XnorPlan.Kept::opType)
          .doesNotContain("Reshape", "Transpose");
      check(model, net.feed(1 + random.nextInt(3), channels, 5, 6), 2);
    }
  }

  private static NodeBuilder grouped(BinaryNets net, Value bits, int channels, int groups) {
    return NodeBuilder.of("Conv")
        .inputs(bits, net.binary(channels, channels / groups, 1, 1))
        .attribute("group", groups);
  }

  private static Value shuffle(BinaryNets net, Value x, long channels, long groups) {
    Value parts =
        net.node("Reshape", x, net.constant(Tensor.vector(0, groups, channels / groups, 5, 6)));
    Value swapped = net.node(NodeBuilder.of("Transpose").inputs(parts).ints("perm", 0, 2, 1, 3, 4));
    return net.node("Reshape", swapped, net.constant(Tensor.vector(0, channels, 5, 6)));
  }

  /// Another order of the axes is not a shuffle and stays where it was.
  @Test
  void transpositionsThatAreNoShuffle() {
    BinaryNets net = new BinaryNets(402);
    Value x = net.input(6, 4, 4);
    Value parts = net.node("Reshape", net.sign(x), net.constant(Tensor.vector(0, 2, 3, 4, 4)));
    Value swapped = net.node(NodeBuilder.of("Transpose").inputs(parts).ints("perm", 0, 2, 1, 4, 3));
    Value other = net.node("Reshape", swapped, net.constant(Tensor.vector(0, 6, 4, 4)));
    Value real = net.node("Conv", other, net.binary(3, 6, 1, 1));
    Value binary = net.node("Conv", net.sign(x), net.binary(3, 6, 1, 1));
    check(net.model(real, binary), net.feed(2, 6, 4, 4), 2);
  }

  @Test
  void leakyFunctionsBetweenBinaryLayers() {
    for (int seed = 700; seed < 712; seed++) {
      BinaryNets net = new BinaryNets(seed);
      SplittableRandom random = net.random();
      int width = 8 + random.nextInt(60);
      Value real =
          net.normalize(
              net.node("Conv", net.sign(net.input(5, 6, 6)), net.binary(width, 5, 1, 1)), width, 3);
      Value leaked =
          random.nextBoolean()
              ? net.node(NodeBuilder.of("LeakyRelu").inputs(real).attribute("alpha", 0.3f))
              : net.node("PRelu", real, slopes(net, width));
      Value shifted = net.node("Add", leaked, net.floats(width, 1, 1));
      Value next = net.node("Conv", net.sign(shifted), net.binary(4, width, 1, 1));
      Model model = random.nextBoolean() ? net.model(next) : net.model(next, shifted);
      assertThat(new XnorBackend().plan(model).kept()).isEmpty();
      check(model, net.feed(2, 5, 6, 6), 2);
    }
  }

  private static Value slopes(BinaryNets net, int width) {
    Shape shape = net.random().nextBoolean() ? Shape.of(width, 1, 1) : Shape.of(1);
    return net.constant(BinaryNets.tensor(shape, () -> net.random().nextDouble(0, 1.2)));
  }

  @Test
  void slopesBelowZeroStayInFloat() {
    BinaryNets net = new BinaryNets(403);
    Value sums = net.node("Conv", net.sign(net.input(5, 6, 6)), net.binary(7, 5, 1, 1));
    Value bent = net.node("PRelu", sums, net.scalar(-0.5f));
    Model model = net.model(net.node("Conv", net.sign(bent), net.binary(4, 7, 1, 1)));
    assertThat(new XnorBackend().plan(model).kept())
        .singleElement()
        .satisfies(kept -> assertThat(kept.reason()).isEqualTo("slope -0.5 is negative"));
    check(model, net.feed(2, 5, 6, 6), 1);
  }

  @Test
  void signsThatAreAddedOrTakenAgain() {
    for (int seed = 600; seed < 606; seed++) {
      BinaryNets net = new BinaryNets(seed);
      Value bits = net.sign(net.input(6, 5, 6));
      Value again =
          switch (seed % 3) {
            case 0 -> bits;
            case 1 -> shuffle(net, bits, 6, 3);
            default ->
                net.node(
                    NodeBuilder.of("MaxPool")
                        .inputs(bits)
                        .ints("kernel_shape", 3, 3)
                        .ints("pads", 1, 1, 1, 1));
          };
      Value sum = net.node("Add", net.node("Conv", again, net.binary(6, 6, 1, 1)), again);
      Value next = net.node("Conv", net.sign(again), net.binary(4, 6, 1, 1));
      check(net.model(sum, next), net.feed(2, 6, 5, 6), 2);
    }
  }

  @Test
  void bitsReadByFloatLayersToo() {
    BinaryNets net = new BinaryNets(400);
    Value x = net.input(5, 6, 6);
    Value bits = net.sign(x);
    Value binary = net.node("Conv", bits, net.binary(7, 5, 1, 1));
    Value real = net.node("Conv", bits, net.floats(7, 5, 1, 1));
    Value sum = net.node("Add", binary, real);
    check(net.model(sum, bits), net.feed(2, 5, 6, 6), 2);
  }

  @Test
  void floatLayersBetweenBinaryOnes() {
    BinaryNets net = new BinaryNets(401);
    Value x = net.input(5, 6, 6);
    Value first = net.node("Conv", net.sign(x), net.binary(40, 5, 3, 3));
    Value softened = net.node("Sigmoid", first);
    Value centred = net.node("Sub", softened, net.scalar(0.5f));
    Value second = net.node("Conv", net.sign(centred), net.binary(7, 40, 2, 2));
    Value doubled = net.node("Sub", net.scalar(3), second);
    check(net.model(doubled, softened), net.feed(2, 5, 6, 6), 2);
  }

  /// The same session serves other batches.
  private static void check(Model model, Tensor feed, int threads) {
    check(model, feed, threads, false);
  }

  private static void check(Model model, Tensor feed, int threads, boolean exactZeros) {
    SessionOptions options = OPTIONS.withThreads(threads);
    assertThat(new XnorBackend().plan(model).hasBinaryLayers()).isTrue();
    try (Session expected = new OnnxRuntimeBackend().open(model, options);
        Session actual = new XnorBackend().open(model, options)) {
      for (int run = 0; run < 2; run++) {
        Map<String, Tensor> wanted = expected.run(Map.of("x", feed));
        Map<String, Tensor> given = actual.run(Map.of("x", feed));
        assertThat(given.keySet()).containsExactlyElementsOf(wanted.keySet());
        wanted.forEach((name, tensor) -> {
          assertThat(given.get(name).shape()).isEqualTo(tensor.shape());
          float[] values = given.get(name).toFloats();
          float[] reference = tensor.toFloats();
          for (int i = 0; i < reference.length; i++) {
            // By value: a sum over padding alone may be -0.0 there.
            boolean same =
                exactZeros
                    ? Float.floatToRawIntBits(values[i]) == Float.floatToRawIntBits(reference[i])
                    : values[i] == reference[i];
            if (!same) {
              assertThat(values[i])
                  .as("%s[%d] of %s", name, i, tensor.shape())
                  .isEqualTo(reference[i]);
            }
          }
        });
      }
    }
  }
}
