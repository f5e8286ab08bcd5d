// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import static dev.quench.export.precision.LoweredModels.BF16;
import static dev.quench.export.precision.LoweredModels.FP16;
import static dev.quench.export.precision.LoweredModels.MIXED;
import static dev.quench.export.precision.LoweredModels.classifier;
import static dev.quench.export.precision.LoweredModels.kept;
import static dev.quench.export.precision.LoweredModels.lowered;
import static dev.quench.export.precision.LoweredModels.type;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/// Constants and ranges that decide which layers are lowered.
class LoweredDataTest {
  @Test
  void weightsBeyondTheRangeKeepTheirLayerFloat() {
    GraphMaker made = new GraphMaker(17, 5);
    Value x = made.input("x", 2, 2);
    Value w = made.constant("w", Tensor.ofFloats(Shape.of(2, 2), 1, 70_000, 0, 1));
    made.output(NodeBuilder.of("MatMul").name("m").inputs(x, w), "y");
    Model model = made.model();
    PrecisionReport report = FP16.apply(model);
    assertThat(report.changed()).isFalse();
    assertThat(report.kept().getFirst().reason())
        .isEqualTo("constant 'w' holds 1 numbers beyond FLOAT16's largest, 65504");
    assertThat(BF16.apply(model).changed()).isTrue();
  }

  @Test
  void anEpsilonThatWouldVanishKeepsItsLayerFloat() {
    GraphMaker made = new GraphMaker(17, 6);
    Value x = made.input("x", 2, 2);
    Value product =
        made.node(NodeBuilder.of("MatMul").inputs(x, made.weights("w", 2, 2)).output("p"))
            .output(0);
    Value epsilon = made.constant("epsilon", Tensor.scalar(1e-9f));
    made.output(NodeBuilder.of("Add").name("a").inputs(product, epsilon), "y");
    assertThat(kept(FP16.apply(made.model()))).containsExactly("Add 'a'");
  }

  @Test
  void boundsOfClipMayBecomeInfinite() {
    GraphMaker made = new GraphMaker(17, 7);
    Value x = made.input("x", 2, 64);
    Value product =
        made.node(NodeBuilder.of("MatMul").inputs(x, made.weights("w", 64, 64)).output("p"))
            .output(0);
    Value low = made.constant("low", Tensor.scalar(0f));
    Value high = made.constant("high", Tensor.scalar(Float.MAX_VALUE));
    made.output(NodeBuilder.of("Clip").inputs(product, low, high), "y");
    PrecisionReport report = lowered(made, made.model(), FP16);
    assertThat(report.kept()).isEmpty();
    assertThat(report.overflowed()).isEqualTo(1);
  }

  @Test
  void observedActivationsKeepWhatWritesAndReadsThemFloat() {
    GraphMaker made = classifier();
    Model model = made.model();
    PrecisionReport report =
        lowered(
            made,
            model,
            FP16.withRanges(
                name -> name.equals("p") ? OptionalDouble.of(1e5) : OptionalDouble.empty()));
    assertThat(kept(report))
        .containsExactlyInAnyOrder("MatMul 'first'", "Add 'add'", "Softmax 'softmax'")
        .doesNotContain("MatMul 'second'");
    assertThat(report.kept().getFirst().reason())
        .isEqualTo("'p' reaches 1.000e+05, above the limit for FLOAT16 of 6.550e+04");
  }

  @Test
  void mixedLeavesAMargin() {
    GraphMaker made = classifier();
    Model model = made.model();
    LowerPrecision pass =
        MIXED.withRanges(
            name -> name.equals("p") ? OptionalDouble.of(1e4) : OptionalDouble.empty());
    assertThat(kept(pass.apply(model.copy()))).contains("MatMul 'first'");
    assertThat(kept(FP16.withRanges(pass.ranges()).apply(model))).doesNotContain("MatMul 'first'");
  }

  @Test
  void aConstantThatBothSidesReadIsThereInBothTypes() {
    GraphMaker made = new GraphMaker(17, 8);
    Value x = made.input("x", 8, 8);
    Value w = made.weights("w", 8, 8);
    Value product = made.node(NodeBuilder.of("MatMul").inputs(x, w).output("p")).output(0);
    made.output(product);
    made.output(NodeBuilder.of("MatMul").name("kept").inputs(x, w), "y");
    Model model = made.model();
    lowered(made, model, FP16.keeping(NodeSelection.of(List.of("kept"))));
    assertThat(type(model, "w")).isEqualTo(DataType.FLOAT);
    assertThat(type(model, "w_fp16")).isEqualTo(DataType.FLOAT16);
  }
}
