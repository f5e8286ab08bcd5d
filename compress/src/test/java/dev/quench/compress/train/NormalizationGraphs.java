// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static dev.quench.compress.train.OperationGraphs.node;
import static dev.quench.compress.train.OperationGraphs.scalar;

import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import java.util.function.Consumer;

/// Graphs of normalizations without running statistics, of reductions, and of attention.
final class NormalizationGraphs {
  private NormalizationGraphs() {}

  static void add(Map<String, Consumer<GraphMaker>> graphs) {
    graphs.put(
        "LayerNormalization",
        f ->
            f.outputs(
                f.add(
                    "LayerNormalization",
                    "y",
                    f.input("x", 2, 3, 8),
                    f.weights("s", 8),
                    f.weights("b", 8))));
    graphs.put(
        "LayerNormalization of two axes without shift",
        f ->
            f.outputs(
                f.add(
                    node("LayerNormalization").attribute("axis", 1).attribute("epsilon", 1e-3f),
                    "y",
                    f.input("x", 2, 3, 4),
                    f.weights("s", 3, 4))));
    graphs.put(
        "LayerNormalization in single operators",
        f -> {
          Value x = f.input("x", 2, 3, 8);
          Value centred = f.add("Sub", "c", x, mean(f, "m", x));
          Value variance = mean(f, "v", f.add("Pow", "p", centred, scalar(f, 2)));
          Value deviation = f.add("Sqrt", "d", f.add("Add", "e", variance, scalar(f, 1e-5f)));
          Value scaled =
              f.add("Mul", "g", f.add("Div", "n", centred, deviation), f.weights("s", 8));
          f.outputs(f.add("Add", "y", scaled, f.weights("b", 8)));
        });
    graphs.put(
        "InstanceNormalization",
        f ->
            f.outputs(
                f.add(
                    "InstanceNormalization",
                    "y",
                    f.input("x", 2, 3, 4, 5),
                    f.weights("s", 3),
                    f.weights("b", 3))));
    for (int size : new int[] {2, 6}) {
      graphs.put(
          "GroupNormalization by " + (size == 2 ? "group" : "channel"),
          f ->
              f.outputs(
                  f.add(
                      node("GroupNormalization").attribute("num_groups", 2),
                      "y",
                      f.input("x", 2, 6, 3, 2),
                      f.weights("s", size),
                      f.weights("b", size))));
    }
    graphs.put(
        "LRN of three",
        f ->
            f.outputs(
                f.add(
                    node("LRN").attribute("size", 3).attribute("alpha", 0.5f),
                    "y",
                    f.input("x", 2, 6, 3, 2))));
    graphs.put(
        "LRN of five",
        f ->
            f.outputs(
                f.add(
                    node("LRN")
                        .attribute("size", 5)
                        .attribute("beta", 0.6f)
                        .attribute("bias", 2f)
                        .attribute("alpha", 0.3f),
                    "y",
                    f.input("x", 2, 6, 3, 2))));
    for (int order = 1; order <= 2; order++) {
      int p = order;
      graphs.put(
          "LpNormalization " + p,
          f ->
              f.outputs(
                  f.add(
                      node("LpNormalization").attribute("p", p).attribute("axis", 1),
                      "y",
                      f.input("x", 3, 4))));
      graphs.put(
          "LpNormalization of zeros " + p,
          f ->
              f.outputs(
                  f.add(
                      node("LpNormalization").attribute("p", p).attribute("axis", 1),
                      "y",
                      f.add(
                          "Mul",
                          "zeros",
                          f.input("x", 3, 4),
                          f.constant("zero", Tensor.ofFloats(Shape.of(3, 1), 0, 1, 0))))));
    }
    for (String type :
        new String[] {
          "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"
        }) {
      graphs.put(
          type, f -> f.outputs(f.add(node(type).ints("axes", 1, -1), "y", f.input("x", 2, 3, 4))));
    }
    graphs.put(
        "ReduceSum",
        f ->
            f.outputs(
                f.add(
                    node("ReduceSum").attribute("keepdims", 0),
                    "y",
                    f.input("x", 2, 3, 4),
                    f.constant("axes", 2))));
    graphs.put(
        "ReduceMean of everything",
        f -> f.outputs(f.add("ReduceMean", "y", f.input("x", 2, 3, 4))));
    graphs.put(
        "Attention",
        f -> {
          Value x = f.input("x", 2, 5, 6);
          Value q = f.add("MatMul", "q", x, f.weights("wq", 6, 4));
          Value k = f.add("MatMul", "k", x, f.weights("wk", 6, 4));
          Value v = f.add("MatMul", "v", x, f.weights("wv", 6, 3));
          Value scores =
              f.add("MatMul", "qk", q, f.add(node("Transpose").ints("perm", 0, 2, 1), "t", k));
          Value soft = f.add("Softmax", "soft", f.add("Mul", "scaled", scores, scalar(f, 0.5f)));
          f.outputs(f.add("MatMul", "y", soft, v));
        });
  }

  private static Value mean(GraphMaker f, String name, Value x) {
    return f.add(node("ReduceMean").ints("axes", -1), name, x);
  }
}
