// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.data.array.TensorDataset;
import dev.quench.export.target.ExportTarget;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeNames;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.heldback.OutputCosine;
import dev.quench.pipeline.tune.plan.QuantizableNode.Kind;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What every target must do; TensorRT's form is run on ONNX Runtime, without graph optimization.
class TuningTargetTest {
  private static final Tensor X = TuningNetworks.noise(7, 8, 16, 8, 8);

  private static Stream<TuningTarget> targets() {
    return Stream.of(new OnnxRuntimeTuning(), new TensorRtTuning());
  }

  private static Model model() {
    Model model = TuningNetworks.mixed();
    PreparedModel.of(model);
    NodeNames.makeDistinct(model.graph());
    return model;
  }

  private static CalibrationTable table(Model model) throws IOException {
    return CalibrationRecipe.of(
            PreparedModel.of(model.copy()), TensorDataset.of("noise", Map.of("x", X)))
        .run()
        .table();
  }

  private static TuningSpace space(Model model, TuningTarget target) {
    return TuningSpace.of(model, target, NodeSelection.NONE);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void eachNodeIsNamedOnceAndInGraphOrder(TuningTarget target) {
    Model model = model();
    List<String> names = target.quantizable(model).stream().map(QuantizableNode::name).toList();
    assertThat(names)
        .doesNotHaveDuplicates()
        .isNotEmpty()
        .isEqualTo(model.graph().nodes().stream().map(Node::name).filter(names::contains).toList());
  }

  @ParameterizedTest
  @MethodSource("targets")
  void schemesGoFromMostInIntegersToFloat(TuningTarget target) {
    List<QuantizableNode> nodes = target.quantizable(model());
    List<Scheme> schemes = List.copyOf(target.schemes(nodes).values());
    assertThat(schemes.getFirst().treatments()).containsOnly(Treatment.INTEGER);
    assertThat(schemes.getLast().isFloat()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void aSchemeUsesOnlyTreatmentsThatTheTargetHas(TuningTarget target) {
    TuningSpace space = space(model(), target);
    assertThat(space.uniform()).isNotEmpty().allMatch(space::contains);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void eachPlanKeepsItsFloatLayersFloatAndRuns(TuningTarget target) throws IOException {
    Model model = model();
    CalibrationTable table = table(model);
    TuningSpace space = space(model, target);
    Backend cpu = Backends.named("onnxruntime");
    SessionOptions options = SessionOptions.DEFAULT.withOptimization(false);
    Tensor one = TuningNetworks.noise(8, 1, 16, 8, 8);
    for (Plan plan : space.uniform()) {
      NodeChoices choices = space.choices(plan);
      Model quantized = model.copy();
      QuantizationReport report = target.insert(table, choices, quantized);
      assertThat(report.layers()).isNotEmpty();
      for (String name : choices.floats()) {
        assertThat(report.layers()).noneMatch(layer -> layer.endsWith("'" + name + "'"));
      }
      try (Session exact = cpu.open(model, options);
          Session session = cpu.open(quantized, options)) {
        assertThat(OutputCosine.worst(exact.run(Map.of("x", one)), session.run(Map.of("x", one))))
            .as(plan.code())
            .isGreaterThan(0.97);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("targets")
  void withEveryNodeFloatNothingIsQuantized(TuningTarget target) throws IOException {
    Model model = model();
    TuningSpace space = space(model, target);
    Plan all = new Plan(space.patterns().stream().map(Pattern::allFloat).toList());
    Model quantized = model.copy();
    QuantizationReport report = target.insert(table(model), space.choices(all), quantized);
    assertThat(report.layers()).isEmpty();
    assertThat(quantized.graph().nodes()).hasSameSizeAs(model.graph().nodes());
  }

  @Test
  void tensorRtTakesEachOfItsPlans() throws IOException {
    Model model = model();
    CalibrationTable table = table(model);
    TuningTarget target = new TensorRtTuning();
    TuningSpace space = space(model, target);
    for (Plan plan : space.uniform()) {
      Model quantized = model.copy();
      target.insert(table, space.choices(plan), quantized);
      assertThat(ExportTarget.named("tensorrt").refusals(quantized)).as(plan.code()).isEmpty();
    }
  }

  @Test
  void aProductMayFindItsRangesInEachInference() throws IOException {
    Model model = model();
    TuningTarget target = new OnnxRuntimeTuning();
    QuantizableNode product =
        target.quantizable(model).stream()
            .filter(node -> node.kind() == Kind.PRODUCT)
            .findFirst()
            .orElseThrow();
    Model quantized = model.copy();
    QuantizationReport report =
        target.insert(
            table(model), new NodeChoices(Set.of(), Set.of(product.name()), Set.of()), quantized);
    assertThat(quantized.graph().nodes()).anyMatch(node -> node.is("MatMulInteger"));
    assertThat(quantized.graph().nodes()).anyMatch(node -> node.is("QuantizeLinear"));
    assertThat(report.layers()).anyMatch(layer -> layer.endsWith("'" + product.name() + "'"));
    assertThat(report.leftFloat())
        .noneMatch(left -> left.node().endsWith("'" + product.name() + "'"));
  }

  @Test
  void tensorRtFindsNoRangesInAnInference() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new TensorRtTuning()
                .insert(
                    name -> OptionalDouble.of(1),
                    new NodeChoices(Set.of(), Set.of("n3"), Set.of()),
                    model()))
        .withMessageContaining("n3");
  }

  @Test
  void tensorRtReadsTheOtherBranchOfASumWhereWanted() throws IOException {
    Model model = model();
    TuningTarget target = new TensorRtTuning();
    QuantizableNode sum =
        target.quantizable(model).stream()
            .filter(node -> node.kind() == Kind.SUM)
            .findFirst()
            .orElseThrow();
    CalibrationTable table = table(model);
    List<Boolean> usual = quantizedInputs(sum, NodeChoices.without(Set.of()), table, model);
    List<Boolean> other =
        quantizedInputs(sum, new NodeChoices(Set.of(), Set.of(), Set.of(sum.name())), table, model);
    assertThat(usual).containsExactlyInAnyOrder(true, false);
    assertThat(other).isEqualTo(usual.reversed());
  }

  private static List<Boolean> quantizedInputs(
      QuantizableNode sum, NodeChoices choices, CalibrationTable table, Model model) {
    Model quantized = model.copy();
    new TensorRtTuning().insert(table, choices, quantized);
    Node node =
        quantized.graph().nodes().stream()
            .filter(each -> each.name().equals(sum.name()))
            .findFirst()
            .orElseThrow();
    return node.inputs().stream()
        .map(input -> input.producer().filter(each -> each.is("DequantizeLinear")).isPresent())
        .toList();
  }

  @Test
  void onnxRuntimeAddsNoSingleBranch() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new OnnxRuntimeTuning()
                .insert(
                    name -> OptionalDouble.of(1),
                    new NodeChoices(Set.of(), Set.of(), Set.of("n3")),
                    model()))
        .withMessageContaining("n3");
  }
}
