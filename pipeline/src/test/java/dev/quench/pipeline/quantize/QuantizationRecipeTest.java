// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.Sensitivity;
import dev.quench.data.array.RandomDataset;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Model;
import dev.quench.graph.ValueType;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.Notes;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.SmallNetwork;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.calibrate.CalibrationSettings;
import dev.quench.pipeline.calibrate.RangeSource;
import dev.quench.run.CalibrationException;
import dev.quench.run.Precision;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantizationRecipeTest {
  @TempDir private Path folder;
  private final Dataset data = SmallNetwork.data(12, 3);
  private CalibrationTable table;

  @BeforeEach
  void calibrate() throws IOException {
    table =
        CalibrationRecipe.of(PreparedModel.of(SmallNetwork.model()), data)
            .writing(CalibrationFiles.in(folder))
            .run()
            .table();
  }

  @Test
  void dataAndTheirTableGiveTheSameModel() throws IOException {
    Path byData = folder.resolve("data.onnx");
    Path byTable = folder.resolve("table.onnx");
    QuantizationRecipe.of(SmallNetwork.model(), RangeSource.on(data)).run().write(byData);
    QuantizationRecipe.of(
            SmallNetwork.model(), new RangeSource.Table(folder.resolve("calibration.json")))
        .run()
        .write(byTable);

    assertThat(byData).hasSameBinaryContentAs(byTable);
  }

  @Test
  void aPreparedModelTakesATableAtHand() throws IOException {
    QuantizedModel int8 =
        QuantizationRecipe.of(PreparedModel.of(SmallNetwork.model()), table).run();

    assertThat(Precision.of(int8.model())).isEqualTo(Precision.INT8);
    assertThat(int8.report().layers()).hasSize(2);
    assertThat(int8.boundHolds()).isTrue();
  }

  @Test
  void aTableOfAnotherModelIsRefused() {
    Model other = SmallNetwork.model();
    other
        .graph()
        .nodes()
        .getFirst()
        .setAttribute("pads", new AttributeValue.Ints(List.of(1L, 1L, 1L, 1L)));

    assertThatThrownBy(() -> QuantizationRecipe.of(other, new RangeSource.Known(table)).run())
        .isInstanceOf(CalibrationException.class);
  }

  @Test
  void aCacheThatItsTableVouchesForIsTaken() throws IOException {
    RangeSource cache =
        new RangeSource.Cache(
            folder.resolve("calibration.cache"),
            Optional.of(folder.resolve("calibration.json")),
            RangeSource.USUAL_COVERAGE);

    QuantizedModel int8 = QuantizationRecipe.of(SmallNetwork.model(), cache).run();

    assertThat(int8.cache()).isPresent();
    assertThat(int8.report().layers()).hasSize(2);
  }

  @Test
  void aCacheThatCoversTooLittleIsRefused() throws IOException {
    Path cache = folder.resolve("calibration.cache");
    String text = Files.readString(cache);
    Path half = folder.resolve("half.cache");
    Files.writeString(half, text.lines().limit(2).reduce("", (all, line) -> all + line + "\n"));

    assertThatThrownBy(() ->
            QuantizationRecipe.of(
                    SmallNetwork.model(), new RangeSource.Cache(half, Optional.empty(), 0.9))
                .run())
        .isInstanceOf(CheckFailedException.class)
        .hasMessageContaining("1 of the 2 tensors");
  }

  @Test
  void aBoundThatIsHardToKeepLeavesLayersFloat() throws IOException {
    Notes notes = new Notes();
    QuantizedModel strict =
        QuantizationRecipe.of(SmallNetwork.model(), RangeSource.on(data))
            .keeping(AccuracyPolicy.within(new AccuracyBound.MinCosine(1)), data)
            .listener(notes)
            .run();

    assertThat(strict.sensitivity()).isPresent();
    assertThat(strict.report().layers()).hasSizeLessThan(2);
    assertThat(notes.lines()).anyMatch(line -> line.startsWith("cosine 1.0000 on 8 samples"));
  }

  @Test
  void rangesOfNoiseMarkTheModel() throws IOException {
    Dataset noise =
        RandomDataset.of(Map.of("x", ValueType.tensor(DataType.FLOAT, Shape.of(4, 8, 6, 6))), 1, 4);
    QuantizedModel marked =
        QuantizationRecipe.of(
                SmallNetwork.model(), new RangeSource.Data(noise, CalibrationSettings.DEFAULT))
            .run();
    QuantizedModel plain = QuantizationRecipe.of(SmallNetwork.model(), RangeSource.on(data)).run();

    assertThat(UncalibratedStamp.isOn(marked.model())).isTrue();
    assertThat(UncalibratedStamp.isOn(plain.model())).isFalse();
  }

  @Test
  void oneTableServesBothForms() throws IOException {
    QuantizedModel int8 =
        QuantizationRecipe.of(PreparedModel.of(SmallNetwork.model()), table)
            .form(QuantizedForm.ONNX_RUNTIME)
            .run();

    assertThat(int8.report().layers()).hasSize(2);
    assertThat(int8.report().activations())
        .extracting(QuantizationReport.QuantizedActivation::tensor)
        .containsExactly("x", "relu", "second");
  }

  @Test
  void aTensorRtCacheHoldsTooLittleForOnnxRuntime() {
    RangeSource cache =
        new RangeSource.Cache(folder.resolve("calibration.cache"), Optional.empty(), 0);
    assertThatThrownBy(() ->
            QuantizationRecipe.of(SmallNetwork.model(), cache)
                .form(QuantizedForm.ONNX_RUNTIME)
                .run())
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("lacks the outputs of layers");
  }

  @Test
  void aBoundLeavesLayersFloatForOnnxRuntimeToo() throws IOException {
    QuantizedModel loose =
        QuantizationRecipe.of(PreparedModel.of(SmallNetwork.model()), table)
            .form(QuantizedForm.ONNX_RUNTIME)
            .keeping(AccuracyPolicy.within(new AccuracyBound.MinCosine(0.9)), data)
            .run();
    QuantizedModel strict =
        QuantizationRecipe.of(PreparedModel.of(SmallNetwork.model()), table)
            .form(QuantizedForm.ONNX_RUNTIME)
            .keeping(AccuracyPolicy.within(new AccuracyBound.MinCosine(1)), data)
            .run();

    assertThat(loose.boundHolds()).isTrue();
    assertThat(loose.report().layers()).hasSize(2);
    assertThat(strict.boundHolds()).isTrue();
    assertThat(strict.report().layers()).isEmpty();
    assertThat(strict.sensitivity().orElseThrow().ranking())
        .extracting(Sensitivity.TensorSensitivity::tensor)
        .containsExactlyInAnyOrder("x", "r");
  }

  @Test
  void equalizationAndRefinementWorkForOnnxRuntimeToo() throws IOException {
    Notes notes = new Notes();
    QuantizedModel int8 =
        QuantizationRecipe.of(SmallNetwork.model(), RangeSource.on(data))
            .form(QuantizedForm.ONNX_RUNTIME)
            .keeping(
                new AccuracyPolicy(
                    new AccuracyBound.None(), true, new Smoothing.None(), true, true),
                data)
            .listener(notes)
            .run();

    assertThat(int8.report().layers()).hasSize(2);
    assertThat(notes.lines())
        .contains("balanced the channels of 1 tensors")
        .anyMatch(line -> line.startsWith("adaptive rounding: "))
        .anyMatch(line -> line.startsWith("bias correction: "));
  }

  @Test
  void aBoundNeedsAFormWithRanges() {
    assertThatThrownBy(() ->
            QuantizationRecipe.of(SmallNetwork.model(), new RangeSource.None())
                .form(new QuantizedForm.Dynamic(NodeSelection.NONE))
                .keeping(AccuracyPolicy.within(new AccuracyBound.MinCosine(0.9)), data)
                .run())
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("go with calibrated ranges, which the form of dynamic has not");
  }

  @Test
  void aFormThatNeedsRangesIsNotMadeWithoutThem() {
    assertThatThrownBy(
            () -> QuantizationRecipe.of(SmallNetwork.model(), new RangeSource.None()).run())
        .isInstanceOf(PipelineException.class)
        .hasMessage("the form for tensorrt needs ranges; give a calibration table or data");
  }

  @Test
  void theDynamicFormNeedsNoRanges() {
    assertThatThrownBy(() ->
            QuantizationRecipe.of(SmallNetwork.model(), new RangeSource.None())
                .form(new QuantizedForm.Dynamic(NodeSelection.NONE))
                .run())
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("convolutions gain nothing from ranges found in each inference");
  }
}
