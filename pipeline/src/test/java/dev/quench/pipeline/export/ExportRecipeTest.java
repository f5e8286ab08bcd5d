// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.export.dimension.FixDimensions;
import dev.quench.export.precision.ReducedPrecision;
import dev.quench.export.target.ExportTarget;
import dev.quench.graph.Model;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.SmallNetwork;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.export.LoweringPlan.Activations;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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

    assertThat(exported.lowered().orElseThrow().withoutRange()).contains("first.y", "r");
  }

  @Test
  void dataKnowEveryRange() throws IOException {
    LoweringPlan plan =
        new LoweringPlan(
            ReducedPrecision.FP16, List.of(), new Activations.On(SmallNetwork.data(4, 3)));
    ExportedModel exported = ExportRecipe.of(SmallNetwork.model(), TENSORRT).lowering(plan).run();

    assertThat(exported.lowered().orElseThrow().withoutRange()).isEmpty();
    assertThat(exported.model().graph().value("r").orElseThrow().dataType())
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
}
