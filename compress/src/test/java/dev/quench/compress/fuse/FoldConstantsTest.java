// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.BACKEND;
import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import org.junit.jupiter.api.Test;

class FoldConstantsTest {
  private final GraphMaker fixture = new GraphMaker();
  private final FoldConstants pass = new FoldConstants(BACKEND);
  private final Value x = fixture.input("x", 2, 3);

  @Test
  void turnsConstantNodesIntoInitializersOfTheSameName() {
    Value c =
        fixture.add(
            NodeBuilder.of("Constant").attribute("value", AttributeValue.of(fixture.normal(3))),
            "c");
    fixture.outputs(fixture.add("Mul", "y", x, c));

    assertRewrites(pass, fixture, "Mul");
    assertThat(fixture.graph().value("c").orElseThrow().isInitializer()).isTrue();
  }

  @Test
  void computesChainsOfConstants() {
    Value sum = fixture.add("Add", "sum", fixture.weights("a", 1, 3), fixture.weights("b", 2, 1));
    Value root = fixture.add("Exp", "root", sum);
    fixture.outputs(fixture.add("Mul", "y", x, root));

    assertRewrites(pass, fixture, "Mul");
  }

  @Test
  void computesShapesFromConstants() {
    Value shape = fixture.add("Shape", "shape", fixture.weights("a", 3, 2));
    fixture.outputs(fixture.add("Reshape", "y", x, shape));

    assertRewrites(pass, fixture, "Reshape");
  }

  @Test
  void keepsTypesThroughCasts() {
    Value c =
        fixture.add(
            NodeBuilder.of("Cast").attribute("to", DataType.FLOAT.onnxCode()),
            "c",
            fixture.constant("i", Tensor.vector(1, 2, 3)));
    fixture.outputs(fixture.add("Mul", "y", x, c));

    assertRewrites(pass, fixture, "Mul");
  }

  @Test
  void keepsQuantization() {
    Value scale = fixture.constant("scale", Tensor.scalar(0.1f));
    Value zero = fixture.constant("zero", Tensor.ofInt8(Shape.SCALAR, (byte) 0));
    Value w = fixture.constant("w", Tensor.ofInt8(Shape.of(3), (byte) 1, (byte) 2, (byte) 3));
    fixture.outputs(
        fixture.add("Mul", "y", x, fixture.add("DequantizeLinear", "dq", w, scale, zero)));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsRandomNodes() {
    Value noise = fixture.add(NodeBuilder.of("RandomNormal").ints("shape", 3), "noise");
    Value like = fixture.add("RandomNormalLike", "like", fixture.weights("w", 3));
    fixture.outputs(fixture.add("Mul", "y", fixture.add("Mul", "m", x, noise), like));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsAConstantThatIsAGraphOutput() {
    fixture.outputs(fixture.add("Exp", "y", fixture.weights("w", 3)));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsWhatAGraphInputMayOverride() {
    fixture.input("w", 3);
    Value w = fixture.weights("w", 3);
    fixture.outputs(fixture.add("Mul", "y", x, fixture.add("Exp", "e", w)));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsWhatWouldGrowBeyondTheLimit() {
    Value huge =
        fixture.add(
            "ConstantOfShape", "huge", fixture.constant("s", Tensor.vector(1L << 20, 1L << 20)));
    Value outer =
        fixture.add("Mul", "outer", fixture.weights("a", 5000, 1), fixture.weights("b", 1, 5000));
    fixture.outputs(fixture.add("ReduceSum", "y", huge), fixture.add("ReduceMax", "z", outer));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsWhatTheBackendRefuses() {
    Value wrong = fixture.add("Add", "wrong", fixture.weights("a", 2), fixture.weights("b", 3));
    fixture.outputs(fixture.add("Mul", "y", x, wrong));

    assertLeaves(pass, fixture);
  }

  @Test
  void computesLargeWeightsThatAreTransposed() {
    FoldConstants small = new FoldConstants(BACKEND, 16);
    Value turned =
        fixture.add(
            NodeBuilder.of("Transpose").ints("perm", 1, 0), "turned", fixture.weights("w", 5, 3));
    fixture.outputs(fixture.add("MatMul", "y", x, turned));

    assertRewrites(small, fixture, "MatMul");
  }

  @Test
  void computesLargeWeightsThatAreConverted() {
    FoldConstants small = new FoldConstants(BACKEND, 16);
    Value wide =
        fixture.add(
            NodeBuilder.of("Cast").attribute("to", DataType.FLOAT.onnxCode()),
            "wide",
            fixture.constant("w", Tensor.ofInt8(Shape.of(3, 2), new byte[6])));
    fixture.outputs(fixture.add("MatMul", "y", x, wide));

    assertRewrites(small, fixture, "MatMul");
  }

  @Test
  void keepsLargeBroadcasts() {
    FoldConstants small = new FoldConstants(BACKEND, 16);
    Value wide =
        fixture.add(
            "Expand",
            "wide",
            fixture.weights("w", 1, 3),
            fixture.constant("s", Tensor.vector(2, 3)));
    fixture.outputs(fixture.add("Mul", "y", x, wide));

    assertLeaves(small, fixture);
  }

  @Test
  void neverRunsNodesWithEmptyConstants() {
    Value empty = fixture.constant("empty", Tensor.ofFloats(Shape.of(0, 3)));
    Value norm = fixture.add(NodeBuilder.of("LpNormalization").attribute("axis", 0), "norm", empty);
    Value sum =
        fixture.add(
            NodeBuilder.of("ReduceLogSumExp").ints("axes", 0).attribute("keepdims", 0), "s", norm);
    fixture.outputs(fixture.add("Add", "y", x, sum));

    new FoldConstants(
            new Backend() {
              @Override
              public String name() {
                return "none";
              }

              @Override
              public Availability availability() {
                return BACKEND.availability();
              }

              @Override
              public Session open(Model model, SessionOptions options) {
                throw new AssertionError("ran " + model.graph().nodes());
              }
            })
        .apply(fixture.model());
    assertThat(fixture.graph().nodes())
        .extracting(Node::opType)
        .as("what is empty follows from its shape, a sum over nothing does not")
        .containsExactly("ReduceLogSumExp", "Add");
  }

  @Test
  void makesScalarsOfEmptyShapes() {
    Value none = fixture.constant("none", Tensor.vector());
    Value half =
        fixture.add(
            NodeBuilder.of("ConstantOfShape")
                .attribute("value", AttributeValue.of(Tensor.ofFloats(Shape.of(1), 0.5F))),
            "half",
            none);
    Value two = fixture.constant("two", Tensor.ofFloats(Shape.of(1), 2));
    Value scalar = fixture.add("Reshape", "scalar", two, none);
    fixture.outputs(fixture.add("Mul", "y", x, fixture.add("Mul", "one", half, scalar)));

    assertRewrites(pass, fixture, "Mul");
  }

  /// Runs what `BACKEND` runs and counts how often it is opened.
  private static final class Counting implements Backend {
    private int sessions;

    @Override
    public String name() {
      return "counting";
    }

    @Override
    public Availability availability() {
      return BACKEND.availability();
    }

    @Override
    public Session open(Model model, SessionOptions options) {
      sessions++;
      return BACKEND.open(model, options);
    }
  }

  @Test
  void computesManyNodesInOneSession() {
    Value sum = x;
    for (int i = 0; i < 600; i++) {
      Value product =
          fixture.add(
              "Mul", "m" + i, fixture.weights("a" + i, 1, 3), fixture.weights("b" + i, 2, 1));
      sum = fixture.add("Add", "s" + i, sum, product);
    }
    fixture.outputs(sum);
    Counting counting = new Counting();

    new FoldConstants(counting).apply(fixture.model());

    assertThat(fixture.graph().nodes()).hasSize(600).allMatch(node -> node.is("Add"));
    assertThat(counting.sessions).isEqualTo(3);
  }

  @Test
  void oneNodeThatTheBackendRefusesKeepsNoOther() {
    Value sum = x;
    for (int i = 0; i < 100; i++) {
      long index = i == 37 ? 9 : 1; // out of range: only running the node tells
      Value picked =
          fixture.add(
              "Gather",
              "g" + i,
              fixture.weights("a" + i, 2, 3),
              fixture.constant("i" + i, Tensor.scalar(index)));
      sum = fixture.add("Add", "s" + i, sum, picked);
    }
    fixture.outputs(sum);

    pass.apply(fixture.model());

    assertThat(fixture.graph().nodes().stream().filter(node -> node.is("Gather")))
        .extracting(node -> node.output(0).name())
        .containsExactly("g37");
  }

  @Test
  void aConstantOfManyReadersIsHandedOverOnce() {
    Value shared = fixture.weights("shared", 2, 3);
    Value sum = x;
    for (int i = 0; i < 5; i++) {
      sum = fixture.add("Add", "s" + i, sum, fixture.add("Exp", "e" + i, shared));
    }
    fixture.outputs(sum);
    List<Node> exps = fixture.graph().nodes().stream().filter(node -> node.is("Exp")).toList();

    assertThat(ConstantBatch.model(exps).graph().initializers()).hasSize(1);
  }
}
