// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Holds a model against what it was before a pass, in ONNX Runtime without graph optimization.
public final class Equivalence {
  public static final Backend BACKEND = new OnnxRuntimeBackend();

  /// Issue 2: "agree within 1e-4 relative".
  public static final double TOLERANCE = 1e-4;

  private Equivalence() {}

  /// Applies the pass and checks that the nodes are then `opTypes`, that graph outputs kept their
  /// names and values, and that the pass has nothing more to do.
  public static void assertRewrites(Rewrite pass, GraphMaker fixture, String... opTypes) {
    Model model = fixture.model();
    Model before = model.copy();

    new RewritePipeline(List.of(pass)).apply(model);

    assertThat(opTypes(model)).containsExactly(opTypes);
    assertThat(names(model)).isEqualTo(names(before));
    assertSameOutputs(before, model, TOLERANCE);
    assertThat(pass.apply(model)).isFalse();
  }

  /// Checks that the pass does not touch the model.
  public static void assertLeaves(Rewrite pass, GraphMaker fixture) {
    Model model = fixture.model();
    List<String> before = model.graph().nodes().stream().map(Node::toString).toList();
    List<Value> values = model.graph().values();

    assertThat(pass.apply(model)).isFalse();

    assertThat(model.graph().nodes().stream().map(Node::toString).toList()).isEqualTo(before);
    assertThat(model.graph().values()).isEqualTo(values);
  }

  public static void assertSameOutputs(Model before, Model after, double tolerance) {
    Map<String, Tensor> inputs = randomInputs(before, 11);
    assertClose(run(before, inputs), run(after, inputs), tolerance);
  }

  /// max |a − b| / max |a| of each output.
  public static void assertClose(
      Map<String, Tensor> expected, Map<String, Tensor> actual, double tolerance) {
    assertThat(actual.keySet()).containsExactlyElementsOf(expected.keySet());
    for (String name : expected.keySet()) {
      Tensor a = expected.get(name);
      Tensor b = actual.get(name);
      assertThat(b.shape()).as(name).isEqualTo(a.shape());
      assertThat(b.dataType()).as(name).isEqualTo(a.dataType());
      assertThat(relativeError(a, b)).as(name).isLessThanOrEqualTo(tolerance);
    }
  }

  public static double relativeError(Tensor expected, Tensor actual) {
    double largest = 0;
    double difference = 0;
    for (long i = 0; i < expected.elements(); i++) {
      double a = expected.doubleAt(i);
      largest = Math.max(largest, Math.abs(a));
      difference = Math.max(difference, Math.abs(a - actual.doubleAt(i)));
    }
    return difference == 0 ? 0 : difference / largest;
  }

  public static Map<String, Tensor> run(Model model, Map<String, Tensor> inputs) {
    try (Session session =
        BACKEND.open(model, SessionOptions.DEFAULT.withThreads(1).withOptimization(false))) {
      return session.run(inputs);
    }
  }

  /// Normally distributed floats for every required input; free dimensions are 2.
  public static Map<String, Tensor> randomInputs(Model model, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (Value input : model.graph().requiredInputs()) {
      assertThat(input.dataType()).contains(DataType.FLOAT);
      Shape shape =
          new Shape(
              input.shape().orElseThrow().dims().stream()
                  .map(dim -> dim instanceof Dim.Fixed ? dim : Dim.of(2))
                  .toList());
      float[] values = new float[Math.toIntExact(shape.elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      inputs.put(input.name(), Tensor.ofFloats(shape, values));
    }
    return inputs;
  }

  public static List<String> opTypes(Model model) {
    return model.graph().nodes().stream().map(Node::opType).toList();
  }

  private static List<String> names(Model model) {
    return model.graph().outputs().stream().map(Value::name).toList();
  }
}
