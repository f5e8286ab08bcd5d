// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.distill;

import dev.quench.compress.train.distill.Distillation.Hint;
import dev.quench.graph.Graph;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// The linear maps of hints, as nodes of the student during training.
public final class Regressors {
  private final List<Node> nodes = new ArrayList<>();

  private Regressors() {}

  /// Adds a map for each hint: a 1×1 Conv for images, a MatMul for sequences and vectors, with
  /// Xavier-uniform weights.
  ///
  /// @param student edited; its shapes are known
  /// @param teacher with known shapes, not edited
  /// @throws ModelFormatException if a tensor is missing, or the two do not go together
  public static Regressors attach(Graph student, Graph teacher, List<Hint> hints, long seed) {
    Regressors regressors = new Regressors();
    SplittableRandom random = new SplittableRandom(seed);
    for (Hint hint : hints) {
      Value from = named(student, "student", hint.student());
      Shape source = shape(from, "student");
      Shape target = shape(named(teacher, "teacher", hint.teacher()), "teacher");
      int rank = source.rank();
      if (rank != target.rank() || rank < 2 || rank > 4) {
        throw new ModelFormatException(
            "hint %s=%s: the teacher's tensor is %s and the student's %s, expected two of the same rank, [N, C, H, W], [N, L, C] or [N, C]"
                .formatted(hint.teacher(), hint.student(), target, source));
      }
      int axis = rank == 4 ? 1 : rank - 1;
      long inputs = channels(source, axis, hint.student());
      long outputs = channels(target, axis, hint.teacher());
      boolean images = rank == 4;
      Shape weights = images ? Shape.of(outputs, inputs, 1, 1) : Shape.of(inputs, outputs);
      Value kernel =
          student.addConstant("hint_regressor", uniform(weights, inputs + outputs, random));
      regressors.nodes.add(
          student.append(
              NodeBuilder.of(images ? "Conv" : "MatMul")
                  .name(student.uniqueNodeName("hint_regressor"))
                  .inputs(from, kernel)
                  .output(student.uniqueName("hint_regression"))));
    }
    return regressors;
  }

  static Value named(Graph graph, String whose, String name) {
    return graph
        .value(name)
        .orElseThrow(() ->
            new ModelFormatException(
                "the %s has no tensor '%s'; quench inspect --nodes lists its tensors"
                    .formatted(whose, name)));
  }

  private static Shape shape(Value value, String whose) {
    return value
        .shape()
        .orElseThrow(() ->
            new ModelFormatException(
                "the shape of the %s's tensor %s is unknown".formatted(whose, value)));
  }

  private static long channels(Shape shape, int axis, String name) {
    if (shape.dim(axis) instanceof Dim.Fixed(long size)) {
      return size;
    }
    throw new ModelFormatException(
        "tensor '%s' is %s; a hint needs a known number of channels".formatted(name, shape));
  }

  private static Tensor uniform(Shape shape, long fans, SplittableRandom random) {
    double bound = Math.sqrt(6.0 / fans);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-bound, bound);
    }
    return Tensor.ofFloats(shape, values);
  }

  /// Names of the mapped tensors, in the order of the hints.
  public List<String> outputs() {
    return nodes.stream().map(node -> node.output(0).name()).toList();
  }

  /// Removes all maps from the student.
  public void detach() {
    for (Node node : nodes) {
      Value kernel = node.input(1);
      Graph graph = node.graph();
      graph.remove(node);
      graph.removeInitializer(kernel);
    }
    nodes.clear();
  }
}
