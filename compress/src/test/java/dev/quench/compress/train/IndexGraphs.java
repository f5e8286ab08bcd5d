// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static dev.quench.compress.train.OperationGraphs.node;

import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import java.util.function.Consumer;

/// Graphs of operators that choose, repeat or rearrange elements, and of ConvTranspose.
final class IndexGraphs {
  private IndexGraphs() {}

  static void add(Map<String, Consumer<GraphMaker>> graphs) {
    split(graphs);
    slice(graphs);
    gather(graphs);
    graphs.put(
        "Expand",
        f -> f.outputs(f.add("Expand", "y", f.input("x", 2, 1, 4), f.constant("s", 3, 1, 5, 1))));
    for (String mode : new String[] {"DCR", "CRD"}) {
      graphs.put(
          "DepthToSpace " + mode,
          f ->
              f.outputs(
                  f.add(
                      node("DepthToSpace").attribute("blocksize", 2).attribute("mode", mode),
                      "y",
                      f.input("x", 2, 8, 3, 5))));
    }
    graphs.put(
        "SpaceToDepth",
        f ->
            f.outputs(
                f.add(
                    node("SpaceToDepth").attribute("blocksize", 2),
                    "y",
                    f.input("x", 2, 3, 4, 6))));
    graphs.put(
        "Pad with a value",
        f ->
            f.outputs(
                f.add(
                    "Pad",
                    "y",
                    f.input("x", 2, 3, 4, 5),
                    f.constant("p", 0, 0, 1, 2, 0, 0, 0, 1),
                    f.constant("value", Tensor.scalar(1.5f)))));
    for (String mode : new String[] {"constant", "reflect", "edge", "wrap"}) {
      graphs.put(
          "Pad in mode " + mode,
          f ->
              f.outputs(
                  f.add(
                      node("Pad").attribute("mode", mode),
                      "y",
                      f.input("x", 2, 3, 4, 5),
                      f.constant("p", 0, 1, 3, 2, 0, 2, 0, 4))));
      graphs.put(
          "Pad of axes in mode " + mode,
          f ->
              f.outputs(
                  f.add(
                      node("Pad").attribute("mode", mode),
                      "y",
                      f.input("x", 2, 3, 4, 5),
                      f.constant("p", 1, 0, 4, 2),
                      Value.ABSENT,
                      f.constant("axes", -1, 1))));
    }
    transposed(graphs, "plain", node("ConvTranspose").ints("strides", 2, 2));
    transposed(
        graphs, "padded", node("ConvTranspose").ints("strides", 2, 3).ints("pads", 1, 0, 1, 2));
    transposed(
        graphs,
        "with more at the end",
        node("ConvTranspose")
            .ints("strides", 2, 2)
            .ints("pads", 1, 1, 1, 1)
            .ints("output_padding", 1, 1));
    transposed(graphs, "dilated", node("ConvTranspose").ints("dilations", 2, 1));
    transposed(
        graphs,
        "of a size",
        node("ConvTranspose").ints("strides", 2, 2).ints("output_shape", 8, 9));
    for (String mode : new String[] {"SAME_UPPER", "SAME_LOWER"}) {
      transposed(
          graphs, mode, node("ConvTranspose").ints("strides", 2, 2).attribute("auto_pad", mode));
    }
    graphs.put(
        "ConvTranspose grouped",
        f ->
            f.outputs(
                f.add(
                    node("ConvTranspose").attribute("group", 2).ints("strides", 2, 2),
                    "y",
                    f.input("x", 1, 4, 3, 3),
                    f.weights("w", 4, 3, 2, 2),
                    f.weights("b", 6))));
  }

  private static void transposed(
      Map<String, Consumer<GraphMaker>> graphs, String name, NodeBuilder node) {
    graphs.put(
        "ConvTranspose " + name,
        f ->
            f.outputs(
                f.add(
                    node,
                    "y",
                    f.input("x", 2, 3, 4, 4),
                    f.weights("w", 3, 5, 3, 3),
                    f.weights("b", 5))));
  }

  private static void split(Map<String, Consumer<GraphMaker>> graphs) {
    graphs.put(
        "Split by sizes",
        f -> {
          Node split =
              f.node(
                  node("Split")
                      .name("s")
                      .attribute("axis", 1)
                      .inputs(f.input("x", 2, 5, 3), f.constant("sizes", 2, 3))
                      .output("a")
                      .output("b"));
          Value second = f.add("Tanh", "t", split.output(1));
          f.outputs(f.add(node("Concat").attribute("axis", 1), "y", second, split.output(0)));
        });
    graphs.put(
        "Split evenly",
        f -> {
          Node split =
              f.node(
                  node("Split")
                      .name("s")
                      .attribute("axis", -1)
                      .inputs(f.input("x", 2, 6))
                      .output("a")
                      .output("b")
                      .output("c"));
          f.outputs(f.add("Mul", "y", split.output(0), split.output(2)));
        });
  }

  private static void slice(Map<String, Consumer<GraphMaker>> graphs) {
    long[][][] forms = {
      {{1}, {3}, {1}, {1}},
      {{-3}, {Integer.MAX_VALUE}, {2}, {2}},
      {{0, 4}, {2, -6}, {0, 2}, {1, -2}},
      {{-1}, {Long.MIN_VALUE}, {1}, {-1}}
    };
    for (int i = 0; i < forms.length; i++) {
      long[][] form = forms[i];
      graphs.put(
          "Slice " + i,
          f ->
              f.outputs(
                  f.add(
                      "Slice",
                      "y",
                      f.input("x", 2, 4, 5),
                      f.constant("starts", form[0]),
                      f.constant("ends", form[1]),
                      f.constant("axes", form[2]),
                      f.constant("steps", form[3]))));
    }
    graphs.put(
        "Slice of the first axes",
        f ->
            f.outputs(
                f.add(
                    "Slice",
                    "y",
                    f.input("x", 3, 4),
                    f.constant("starts", 1, 1),
                    f.constant("ends", 3, 3))));
  }

  private static void gather(Map<String, Consumer<GraphMaker>> graphs) {
    graphs.put(
        "Gather of one",
        f ->
            f.outputs(
                f.add(
                    node("Gather").attribute("axis", 1),
                    "y",
                    f.input("x", 2, 3, 4),
                    f.constant("i", Tensor.scalar(-1L)))));
    graphs.put(
        "Gather of several",
        f ->
            f.outputs(
                f.add(
                    node("Gather").attribute("axis", -1),
                    "y",
                    f.input("x", 2, 3, 4),
                    f.constant("i", 3, 0, -2, 0))));
    graphs.put(
        "Gather of a matrix",
        f ->
            f.outputs(
                f.add(
                    node("Gather").attribute("axis", 1),
                    "y",
                    f.input("x", 2, 3, 4),
                    f.constant("i", Tensor.ofLongs(Shape.of(2, 2), 0, 1, 2, 1)))));
  }
}
