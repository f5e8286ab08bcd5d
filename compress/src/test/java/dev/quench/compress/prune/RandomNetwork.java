// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Grows networks on images `[2, channels, 4, 4]` node by node, from any of the tensors there are:
/// everything that has a rule.
public final class RandomNetwork {
  private record Image(Value value, int channels) {}

  private final SplittableRandom random;
  private final GraphMaker graph;
  private final List<Image> images = new ArrayList<>();
  private int names;

  private RandomNetwork(long seed) {
    random = new SplittableRandom(seed);
    graph = new GraphMaker(new long[] {11, 13, 17, 18}[random.nextInt(4)], seed);
  }

  /// The network of a seed.
  public static Model of(long seed) {
    return new RandomNetwork(seed).model();
  }

  private Model model() {
    Value x = graph.input("x", 2, 3, 4, 4);
    images.add(conv(new Image(x, 3), 12, 1));
    int steps = random.nextInt(5, 20);
    for (int i = 0; i < steps; i++) {
      int last = images.size() - 1;
      grow(images.get(random.nextInt(4) == 0 ? random.nextInt(images.size()) : last));
    }
    head(images.getLast());
    return graph.model();
  }

  private void grow(Image from) {
    Value x = from.value();
    int c = from.channels();
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3 -> images.add(conv(from, 2 * random.nextInt(2, 9), 1));
      case 4 -> images.add(conv(from, c * random.nextInt(1, 3), c));
      case 5 -> images.add(c % 2 == 0 ? conv(from, 2 * random.nextInt(1, 7), 2) : from);
      case 6 -> images.add(transposed(from));
      case 7 -> add(graph.normalize(name(), x, c), c);
      case 8 -> add(graph.add(activation(), name(), x), c);
      case 9, 10 -> residual(from);
      case 11, 12 -> concat(from);
      case 13 -> split(from);
      case 14 -> shuffle(from);
      case 15 -> gate(from);
      case 16 -> slice(from);
      case 17 -> pick(from);
      case 18 -> {
        Value there = graph.add(NodeBuilder.of("Transpose").ints("perm", 0, 2, 3, 1), name(), x);
        Value scaled = graph.add("Mul", name(), there, graph.weights(name(), c));
        add(graph.add(NodeBuilder.of("Transpose").ints("perm", 0, 3, 1, 2), name(), scaled), c);
      }
      default -> depth(from);
    }
  }

  private String activation() {
    return new String[] {"Relu", "Sigmoid", "Exp", "Cos", "Tanh"}[random.nextInt(5)];
  }

  private Image conv(Image from, int outputs, int groups) {
    int kernel = random.nextBoolean() ? 1 : 3;
    int pad = kernel / 2;
    List<Value> inputs = new ArrayList<>();
    inputs.add(from.value());
    inputs.add(scaled(outputs, from.channels() / groups, kernel, kernel));
    if (random.nextBoolean()) {
      inputs.add(graph.weights(name(), outputs));
    }
    return new Image(
        graph.add(
            NodeBuilder.of("Conv").attribute("group", groups).ints("pads", pad, pad, pad, pad),
            name(),
            inputs.toArray(Value[]::new)),
        outputs);
  }

  private Image transposed(Image from) {
    int groups = from.channels() % 2 == 0 && random.nextBoolean() ? 2 : 1;
    groups = random.nextInt(4) == 0 ? from.channels() : groups;
    int each = random.nextInt(1, 5);
    return new Image(
        graph.add(
            NodeBuilder.of("ConvTranspose").attribute("group", groups).ints("pads", 1, 1, 1, 1),
            name(),
            from.value(),
            scaled(from.channels(), each, 3, 3)),
        each * groups);
  }

  private void residual(Image from) {
    Image side = images.get(random.nextInt(images.size()));
    if (side.channels() != from.channels()) {
      side = conv(side, from.channels(), 1);
    }
    String op = new String[] {"Add", "Mul", "Sub", "Max"}[random.nextInt(4)];
    add(graph.add(op, name(), from.value(), side.value()), from.channels());
  }

  private void concat(Image from) {
    Image side = images.get(random.nextInt(images.size()));
    add(
        graph.add(
            NodeBuilder.of("Concat").attribute("axis", random.nextBoolean() ? 1 : -3),
            name(),
            from.value(),
            side.value()),
        from.channels() + side.channels());
  }

  private void split(Image from) {
    if (from.channels() % 2 != 0) {
      return;
    }
    NodeBuilder builder =
        NodeBuilder.of("Split")
            .name(name())
            .inputs(from.value())
            .attribute("axis", 1)
            .output(name())
            .output(name());
    if (graph.graph().opsets().version("").orElse(0) >= 18) {
      builder.attribute("num_outputs", 2);
    }
    Node node = graph.node(builder);
    int half = from.channels() / 2;
    if (random.nextBoolean()) {
      add(
          graph.add(random.nextBoolean() ? "Add" : "Mul", name(), node.output(0), node.output(1)),
          half);
    } else {
      Image changed = conv(new Image(node.output(1), half), half, 1);
      add(
          graph.add(
              NodeBuilder.of("Concat").attribute("axis", 1),
              name(),
              node.output(0),
              changed.value()),
          2 * half);
    }
  }

  private void shuffle(Image from) {
    int c = from.channels();
    int groups = c % 3 == 0 && random.nextBoolean() ? 3 : 2;
    if (c % groups != 0) {
      return;
    }
    Value apart =
        graph.add(
            "Reshape",
            name(),
            from.value(),
            graph.constant(name(), random.nextBoolean() ? 0 : 2, groups, c / groups, 4, 4));
    Value swapped =
        graph.add(NodeBuilder.of("Transpose").ints("perm", 0, 2, 1, 3, 4), name(), apart);
    add(
        graph.add(
            "Reshape",
            name(),
            swapped,
            graph.constant(name(), 2, random.nextBoolean() ? -1 : c, 4, 4)),
        c);
  }

  private void gate(Image from) {
    int c = from.channels();
    Value mean = graph.add("GlobalAveragePool", name(), from.value());
    Value squeezed = graph.add("Conv", name(), mean, scaled(4, c, 1, 1));
    Value excited =
        graph.add("Conv", name(), graph.add("Relu", name(), squeezed), scaled(c, 4, 1, 1));
    add(graph.add("Mul", name(), from.value(), graph.add("Sigmoid", name(), excited)), c);
  }

  private void slice(Image from) {
    int c = from.channels();
    if (c < 4) {
      return;
    }
    int start = random.nextInt(c / 2);
    int end = start + 1 + random.nextInt(c - start);
    add(
        graph.add(
            "Slice",
            name(),
            from.value(),
            graph.constant(name(), random.nextBoolean() ? start : start - c),
            graph.constant(name(), end == c ? Long.MAX_VALUE : end),
            graph.constant(name(), 1)),
        end - start);
  }

  private void pick(Image from) {
    int c = from.channels();
    long[] indices = new long[random.nextInt(1, c + 2)];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = random.nextInt(-c, c);
    }
    add(
        graph.add(
            NodeBuilder.of("Gather").attribute("axis", 1),
            name(),
            from.value(),
            graph.constant(name(), indices)),
        indices.length);
  }

  private void depth(Image from) {
    int c = from.channels();
    Value deep =
        graph.add(NodeBuilder.of("SpaceToDepth").attribute("blocksize", 2), name(), from.value());
    if (random.nextBoolean()) {
      deep = conv(new Image(deep, 4 * c), 4 * c, 1).value();
    }
    String mode = random.nextBoolean() ? "DCR" : "CRD";
    add(
        graph.add(
            NodeBuilder.of("DepthToSpace").attribute("blocksize", 2).attribute("mode", mode),
            name(),
            deep),
        c);
  }

  private void head(Image from) {
    int c = from.channels();
    if (random.nextBoolean()) {
      Value flat =
          random.nextBoolean()
              ? graph.add("Flatten", name(), from.value())
              : graph.add("Reshape", name(), from.value(), graph.constant(name(), 0, -1));
      graph.outputs(
          graph.add(
              NodeBuilder.of("Gemm").attribute("transB", 1), name(), flat, scaled(5, 16 * c)));
    } else {
      Value mean =
          graph.add(
              NodeBuilder.of("Flatten"), name(), graph.add("GlobalMaxPool", name(), from.value()));
      graph.outputs(graph.add("MatMul", name(), mean, scaled(c, 5)));
    }
  }

  /// Random weights that keep the size of what passes through.
  private Value scaled(long... sizes) {
    Tensor normal = graph.normal(sizes);
    float[] values = normal.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= 0.2f;
    }
    return graph.constant(name(), Tensor.ofFloats(normal.shape(), values));
  }

  private void add(Value value, int channels) {
    images.add(new Image(value, channels));
  }

  private String name() {
    return "v" + names++;
  }
}
