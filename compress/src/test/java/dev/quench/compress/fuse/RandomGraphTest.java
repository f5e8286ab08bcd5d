// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.BACKEND;
import static dev.quench.compress.Equivalence.TOLERANCE;
import static dev.quench.compress.Equivalence.assertClose;
import static dev.quench.compress.Equivalence.opTypes;
import static dev.quench.compress.Equivalence.randomInputs;
import static dev.quench.compress.Equivalence.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Random networks of everything that the passes look for keep their outputs.
class RandomGraphTest {
  private static final long SEED = Long.getLong("tests.seed", 20260117);
  private static final int NETWORKS = 60;

  @Test
  void standardFusionKeepsTheOutputs() {
    check(Fusion.standard(BACKEND));
  }

  @Test
  void fusionWithSiblingConvsKeepsTheOutputs() {
    check(Fusion.withSiblingConvs(BACKEND));
  }

  private static void check(RewritePipeline pipeline) {
    int removed = 0;
    int normalizations = 0;
    for (int i = 0; i < NETWORKS; i++) {
      long seed = SEED + i;
      Model model = new Generator(seed).model();
      Model before = model.copy();
      Map<String, Tensor> inputs = randomInputs(model, seed);

      pipeline.apply(model);

      try {
        assertClose(run(before, inputs), run(model, inputs), TOLERANCE);
        assertThat(pipeline.apply(model)).isEmpty();
      } catch (AssertionError e) {
        throw new AssertionError(
            "seed %d (rerun: -Dtests.seed=%d)%nbefore %s%nafter %s"
                .formatted(seed, seed, opTypes(before), opTypes(model)),
            e);
      }
      removed += before.graph().nodes().size() - model.graph().nodes().size();
      normalizations += count(before) - count(model);
    }
    // The generator makes what the passes look for, else the test says nothing.
    assertThat(removed).isGreaterThan(5 * NETWORKS);
    assertThat(normalizations).isGreaterThan(NETWORKS / 2);
  }

  private static int count(Model model) {
    return (int) opTypes(model).stream().filter("BatchNormalization"::equals).count();
  }

  /// Grows a network on images `[2, channels, 6, 6]` node by node, from any of the tensors there
  /// are.
  private static final class Generator {
    private record Image(Value value, int channels) {}

    private final SplittableRandom random;
    private final GraphMaker fixture;
    private final List<Image> images = new ArrayList<>();
    private int names;

    Generator(long seed) {
      random = new SplittableRandom(seed);
      fixture = new GraphMaker(new long[] {11, 13, 17}[random.nextInt(3)], seed);
    }

    Model model() {
      images.add(new Image(fixture.input("x", 2, 4, 6, 6), 4));
      int steps = random.nextInt(6, 22);
      for (int i = 0; i < steps; i++) {
        // Mostly chains, for that is what fuses.
        int last = images.size() - 1;
        grow(images.get(random.nextInt(4) == 0 ? random.nextInt(images.size()) : last));
      }
      fixture.outputs(images.getLast().value());
      if (random.nextBoolean()) {
        Image other = images.get(random.nextInt(images.size()));
        if (other.value() != images.getLast().value() && !other.value().isGraphInput()) {
          fixture.outputs(other.value());
        }
      }
      if (random.nextBoolean()) {
        head(images.getLast());
      }
      return fixture.model();
    }

    private void grow(Image from) {
      Value x = from.value();
      int c = from.channels();
      switch (random.nextInt(13)) {
        case 0, 1, 2 -> convolution(from);
        case 3 -> transposedConvolution(from);
        case 4, 5, 6 -> add(fixture.normalize(name(), x, c), c);
        case 7 ->
            add(
                fixture.add(
                    new String[] {"Mul", "Add", "Sub"}[random.nextInt(3)],
                    name(),
                    x,
                    perChannel(c)),
                c);
        case 8 -> add(fixture.add("Sub", name(), perChannel(c), x), c);
        case 9 -> add(fixture.add("Identity", name(), x), c);
        case 10 -> add(fixture.add("Relu", name(), x), c);
        case 11 -> {
          Value there = fixture.add(transpose(0, 2, 3, 1), name(), x);
          add(fixture.add(transpose(0, 3, 1, 2), name(), there), c);
        }
        default -> {
          Value flat = fixture.add("Reshape", name(), x, shape(2, -1));
          add(fixture.add("Reshape", name(), flat, shape(2, c, 6, 6)), c);
        }
      }
    }

    private void convolution(Image from) {
      int groups = from.channels() % 2 == 0 && random.nextBoolean() ? 2 : 1;
      int outputs = 2 * random.nextInt(1, 4);
      NodeBuilder conv = NodeBuilder.of("Conv").attribute("group", groups).ints("pads", 1, 1, 1, 1);
      List<Value> inputs = new ArrayList<>();
      inputs.add(from.value());
      inputs.add(scaled(outputs, from.channels() / groups, 3, 3));
      if (random.nextBoolean()) {
        inputs.add(fixture.weights(name(), outputs));
      }
      add(fixture.add(conv, name(), inputs.toArray(Value[]::new)), outputs);
    }

    private void transposedConvolution(Image from) {
      int groups = from.channels() % 2 == 0 && random.nextBoolean() ? 2 : 1;
      int perGroup = random.nextInt(1, 4);
      NodeBuilder conv =
          NodeBuilder.of("ConvTranspose").attribute("group", groups).ints("pads", 1, 1, 1, 1);
      add(
          fixture.add(conv, name(), from.value(), scaled(from.channels(), perGroup, 3, 3)),
          perGroup * groups);
    }

    /// Pooling, a product, a normalization, a sum.
    private void head(Image from) {
      Value pooled = fixture.add("GlobalAveragePool", name(), from.value());
      Value flat = fixture.add("Flatten", name(), pooled);
      Value y =
          random.nextBoolean()
              ? fixture.add("MatMul", name(), flat, fixture.weights(name(), from.channels(), 5))
              : fixture.add(
                  NodeBuilder.of("Gemm").attribute("transB", 1),
                  name(),
                  flat,
                  fixture.weights(name(), 5, from.channels()));
      if (random.nextBoolean()) {
        y = fixture.normalize(name(), y, 5);
      }
      fixture.outputs(fixture.add("Add", name(), fixture.weights(name(), 5), y));
    }

    /// One number a channel, now and then computed from constants or for all channels the same.
    private Value perChannel(int channels) {
      return switch (random.nextInt(3)) {
        case 0 -> fixture.weights(name(), channels, 1, 1);
        case 1 -> fixture.add("Neg", name(), fixture.weights(name(), 1, channels, 1, 1));
        default -> fixture.constant(name(), Tensor.scalar((float) random.nextDouble(0.5, 2)));
      };
    }

    /// Random weights that keep the size of what passes through.
    private Value scaled(long... sizes) {
      Tensor normal = fixture.normal(sizes);
      float[] values = normal.toFloats();
      for (int i = 0; i < values.length; i++) {
        values[i] *= 0.2f;
      }
      return fixture.constant(name(), Tensor.ofFloats(normal.shape(), values));
    }

    private Value shape(long... sizes) {
      return fixture.constant(name(), Tensor.vector(sizes));
    }

    private static NodeBuilder transpose(long... permutation) {
      return NodeBuilder.of("Transpose").ints("perm", permutation);
    }

    private void add(Value value, int channels) {
      images.add(new Image(value, channels));
    }

    private String name() {
      return "v" + names++;
    }
  }
}
