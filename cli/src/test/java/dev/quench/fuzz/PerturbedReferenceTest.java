// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.export.precision.LowerPrecision;
import dev.quench.export.precision.ReducedPrecision;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PerturbedReferenceTest {
  private static final Shape SHAPE = Shape.of(2, 8);

  private final Graph graph = new Graph("g", OpsetImports.onnx(17));
  private final SplittableRandom random = new SplittableRandom(3);
  private final Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, SHAPE));

  private Tensor numbers(long... shape) {
    return SchemaGraphs.tensor(DataType.FLOAT, Shape.of(shape), random);
  }

  private Value gemm() {
    Value w = graph.addInitializer("w", numbers(8, 8));
    Value b = graph.addInitializer("b", numbers(8));
    return node(NodeBuilder.of("Gemm").name("gemm").inputs(x, w, b));
  }

  private Value node(NodeBuilder builder) {
    return graph.append(builder.output(graph.uniqueName("v"))).output(0);
  }

  /// The farthest that perturbation moves the output from what the float model gives, as 1 -
  /// cosine.
  private double moved(Value output) {
    graph.addOutput(output);
    Model model = new Model(graph, 8);
    Model lowered = model.copy();
    LowerPrecision.to(ReducedPrecision.FP16).withRanges(_ -> OptionalDouble.of(100)).apply(lowered);
    Map<String, Tensor> inputs = Map.of("x", numbers(2, 8));
    float[] exact = run(model, inputs);
    double farthest = 0;
    for (int i = 0; i < 8; i++) {
      Model perturbed = PerturbedReference.of(lowered, DataType.FLOAT16, new SplittableRandom(i));
      farthest = Math.max(farthest, distance(exact, run(perturbed, inputs)));
    }
    return farthest;
  }

  private static float[] run(Model model, Map<String, Tensor> inputs) {
    SessionOptions options = SessionOptions.DEFAULT.withThreads(1).withOptimization(false);
    try (Session session = new OnnxRuntimeBackend().open(model, options)) {
      return session.run(inputs).values().iterator().next().toFloats();
    }
  }

  private static double distance(float[] a, float[] b) {
    double product = 0;
    double first = 0;
    double second = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      first += (double) a[i] * a[i];
      second += (double) b[i] * b[i];
    }
    return 1 - product / Math.sqrt(first * second);
  }

  @Test
  void movesAnOrdinaryNetworkLessThanTheBound() {
    assertThat(moved(node(NodeBuilder.of("Relu").inputs(gemm())))).isBetween(1e-9, 1e-5);
  }

  @Test
  void movesWhatCancelsFartherThanTheBound() {
    Value far = graph.addInitializer("far", Tensor.scalar(60f));
    Value sum = node(NodeBuilder.of("Add").inputs(gemm(), far));
    assertThat(moved(node(NodeBuilder.of("Sub").inputs(sum, far)))).isGreaterThan(1e-5);
  }
}
