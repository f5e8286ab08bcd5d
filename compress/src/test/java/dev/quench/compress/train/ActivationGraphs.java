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

/// Graphs of activations and of arithmetic with several operands.
final class ActivationGraphs {
  private ActivationGraphs() {}

  static void add(Map<String, Consumer<GraphMaker>> graphs) {
    for (String type : new String[] {"Erf", "Mish", "Softsign", "Selu", "Celu", "Gelu"}) {
      graphs.put(type, f -> f.outputs(f.add(type, "y", f.input("x", 2, 3, 4))));
    }
    graphs.put(
        "Gelu by tanh",
        f ->
            f.outputs(
                f.add(node("Gelu").attribute("approximate", "tanh"), "y", f.input("x", 2, 3, 4))));
    graphs.put(
        "Selu with factors",
        f ->
            f.outputs(
                f.add(
                    node("Selu").attribute("alpha", 1.3f).attribute("gamma", 0.7f),
                    "y",
                    f.input("x", 9))));
    graphs.put(
        "Celu with alpha",
        f -> f.outputs(f.add(node("Celu").attribute("alpha", 0.4f), "y", f.input("x", 9))));
    graphs.put(
        "ThresholdedRelu",
        f ->
            f.outputs(
                f.add(node("ThresholdedRelu").attribute("alpha", 0.6f), "y", f.input("x", 9))));
    graphs.put(
        "Sigmoid times x",
        f -> {
          Value x = f.input("x", 2, 5);
          f.outputs(f.add("Mul", "y", x, f.add("Sigmoid", "s", x)));
        });
    graphs.put("Pow", f -> f.outputs(f.add("Pow", "y", f.input("x", 2, 5), scalar(f, 2))));
    graphs.put(
        "Pow to several exponents",
        f ->
            f.outputs(
                f.add(
                    "Pow",
                    "y",
                    f.add("Abs", "a", f.input("x", 2, 3)),
                    f.constant("e", Tensor.ofFloats(Shape.of(3), 1, 2.5f, -1)))));
    for (String type : new String[] {"Min", "Max", "Sum", "Mean"}) {
      graphs.put(
          type + " of three",
          f -> {
            Value x = f.input("x", 5, 6);
            f.outputs(f.add(type, "y", x, f.weights("c", 6), f.add("Exp", "e", x)));
          });
    }
    graphs.put(
        "Where by a constant",
        f -> {
          Value condition =
              f.constant("m", Tensor.ofBooleans(Shape.of(4), true, false, false, true));
          f.outputs(f.add("Where", "y", condition, f.input("x", 3, 4), scalar(f, -9)));
        });
  }
}
