// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.QuenchException;
import dev.quench.compress.quantize.onnxruntime.InsertDynamicQuantization;
import dev.quench.export.dimension.FixDimensions;
import dev.quench.export.dimension.FreeDimensions;
import dev.quench.export.precision.ReducedPrecision;
import dev.quench.export.target.ExportTarget;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.pipeline.Notes;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.SmallNetwork;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.export.LoweringPlan.Activations;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportRecipeTest {
  private static final ExportTarget TENSORRT = ExportTarget.named("tensorrt");

  @TempDir private Path folder;

  @Test
  void fixesDimensions() throws IOException {
    ExportedModel exported =
        ExportRecipe.of(SmallNetwork.model(), TENSORRT)
            .fixing(new FixDimensions(Map.of("N", 2L)))
            .run();

    assertThat(exported.refusals()).isEmpty();
    assertThat(exported.model().graph().inputs().getFirst().shape()).contains(Shape.of(2, 8, 6, 6));
  }

  @Test
  void namesActivationsWithoutARange() throws IOException {
    ExportedModel exported =
        ExportRecipe.of(SmallNetwork.model(), TENSORRT)
            .lowering(LoweringPlan.of(ReducedPrecision.FP16, List.of()))
            .run();

    assertThat(exported.lowered().orElseThrow().withoutRange()).contains("first", "relu");
  }

  @Test
  void dataKnowEveryRange() throws IOException {
    LoweringPlan plan =
        new LoweringPlan(
            ReducedPrecision.FP16, List.of(), new Activations.On(SmallNetwork.data(4, 3)));
    ExportedModel exported = ExportRecipe.of(SmallNetwork.model(), TENSORRT).lowering(plan).run();

    assertThat(exported.lowered().orElseThrow().withoutRange()).isEmpty();
    assertThat(exported.model().graph().value("relu").orElseThrow().dataType())
        .contains(DataType.FLOAT16);
  }

  @Test
  void aTableThatClipsIsRefused() throws IOException {
    Model model = SmallNetwork.model();
    CalibrationRecipe.ofAllTensors(model, SmallNetwork.data(4, 3))
        .writing(CalibrationFiles.in(folder))
        .run();
    LoweringPlan plan =
        new LoweringPlan(
            ReducedPrecision.FP16,
            List.of(),
            new Activations.InTable(folder.resolve("calibration.json")));

    assertThatThrownBy(() -> ExportRecipe.of(model, TENSORRT).lowering(plan).run())
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("which clips");
  }

  /// InstanceNormalization over what a Reshape made of the input's samples and channels.
  private static Model normalizing(long batch, long rows, long channels) {
    Graph graph = new Graph("normalizing", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(batch, 4, 6, 6)));
    Value to = graph.addInitializer("to", Tensor.vector(rows, channels, -1));
    Value flat =
        graph.append(NodeBuilder.of("Reshape").name("to").inputs(x, to).output("flat")).output(0);
    float[] ones = new float[(int) channels];
    Arrays.fill(ones, 1);
    Value scale = graph.addInitializer("scale", Tensor.ofFloats(Shape.of(channels), ones));
    Value bias = graph.addInitializer("bias", Tensor.ofFloats(Shape.of(channels), ones.clone()));
    Value normal =
        graph
            .append(
                NodeBuilder.of("InstanceNormalization")
                    .name("norm")
                    .inputs(flat, scale, bias)
                    .output("normal"))
            .output(0);
    Value back = graph.addInitializer("back", Tensor.vector(batch, 4, 6, 6));
    graph.addOutput(
        graph
            .append(NodeBuilder.of("Reshape").name("back").inputs(normal, back).output("y"))
            .output(0));
    return new Model(graph, 8);
  }

  private static ExportRecipe freed(Model model) {
    return ExportRecipe.of(model, TENSORRT).freeing(FreeDimensions.batch("N"), Set.of("N"));
  }

  @Test
  void groupsOfChannelsAreNormalizedAtAnyBatch() throws IOException {
    ExportedModel exported = freed(normalizing(1, 1, 2)).run();

    assertThat(exported.model().graph().outputs().getFirst().shape().orElseThrow().dim(0))
        .isEqualTo(Dim.of("N"));
  }

  @Test
  void samplesThatBecameChannelsAreRefused() {
    assertThatThrownBy(() -> freed(normalizing(2, 1, 8)).run())
        .isInstanceOf(QuenchException.class)
        .hasMessageMatching(".*(norm|batch).*");
  }

  @Test
  void aModelWhoseRangesDependOnTheBatchIsRefusedUnlessForced() throws IOException {
    Model model = normalizing(1, 1, 2);
    model.metadata().put(InsertDynamicQuantization.BATCH_DEPENDENT, "yes");
    assertThatThrownBy(() -> freed(model.copy()).run())
        .isInstanceOf(UnprovenBatchException.class)
        .hasMessageContaining("finds its ranges anew for each batch");
    Notes notes = new Notes();
    freed(model).forced(true).listener(notes).run();
    assertThat(notes.lines()).anyMatch(line -> line.startsWith("warning: nothing proves"));
  }

  @Test
  void aBatchIsProvedThoughTheCallerDoesNotNameIt() {
    ExportRecipe recipe =
        ExportRecipe.of(centred(), TENSORRT).freeing(FreeDimensions.batch("N"), Set.of());

    assertThatThrownBy(recipe::run)
        .isInstanceOf(QuenchException.class)
        .hasMessageContaining("depends on the batch size");
  }

  @Test
  void aBatchOfAnotherAxisIsProvedByItsName() {
    FreeDimensions second = new FreeDimensions(Map.of("x", Map.of(1, "batch")));
    ExportRecipe recipe = ExportRecipe.of(centred(), TENSORRT).freeing(second, Set.of());

    assertThatThrownBy(recipe::run)
        .isInstanceOf(QuenchException.class)
        .hasMessageContaining("depends on the batch size");
  }

  /// Takes from each value the mean over both leading axes.
  private static Model centred() {
    Graph graph = new Graph("centred", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(2, 3, 4)));
    Value mean =
        graph
            .append(
                NodeBuilder.of("ReduceMean").name("mean").ints("axes", 0, 1).inputs(x).output("m"))
            .output(0);
    graph.addOutput(
        graph.append(NodeBuilder.of("Sub").name("sub").inputs(x, mean).output("y")).output(0));
    return new Model(graph, 8);
  }
}
