// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.heldback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.calibration.MethodSelection;
import dev.quench.calibration.RangeScore;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.SmallNetwork;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.calibrate.Shard;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldBackTest {
  @TempDir private Path folder;
  private final PreparedModel model = PreparedModel.of(SmallNetwork.model());
  private final Dataset data = SmallNetwork.data(24, 5);
  private final HeldBack held = HeldBack.of(data, model.model());

  private CalibrationTable calibrated(Dataset on, Shard shard, String name) throws IOException {
    Path place = Files.createDirectories(folder.resolve(name));
    CalibrationRecipe.of(model, on).shard(shard).writing(CalibrationFiles.in(place)).run();
    return CalibrationFiles.read(place.resolve("calibration.json"));
  }

  @Test
  void aQuarterIsHeldBackInOrder() throws IOException {
    assertThat(held.calibration().size()).isEqualTo(18);
    assertThat(held.samples()).isEqualTo(6);
    try (var all = data.batches(1)) {
      assertThat(
              held.judges()
                  .getFirst()
                  .get("x")
                  .contentEquals(all.skip(18).findFirst().orElseThrow().inputs().get("x")))
          .isTrue();
    }
  }

  @Test
  void tooFewSamplesAreRefused() {
    assertThatThrownBy(() -> HeldBack.of(SmallNetwork.data(3, 1), model.model()))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("expected 4 or more");
  }

  @Test
  void noCandidateScoresBetterThanTheChosenOne() throws IOException {
    CalibrationTable table = calibrated(held.calibration(), Shard.WHOLE, "whole");
    MethodSelection selection = MethodChoice.of(model, table, held, RecipeListener.SILENT);
    RangeScore score = MethodChoice.score(model, held);
    double chosen = score.score(selection.table());

    for (RangeMethod method : MethodSelection.CANDIDATES) {
      assertThat(score.score(table.reestimated(method)))
          .as(method.spelling())
          .isLessThanOrEqualTo(chosen);
    }
    assertThat(chosen * 1e4).isEqualTo(Math.rint(chosen * 1e4));
  }

  @Test
  void mergedShardsChooseWhatOneRunChooses() throws IOException {
    MethodSelection whole =
        MethodChoice.of(
            model,
            calibrated(held.calibration(), Shard.WHOLE, "whole"),
            held,
            RecipeListener.SILENT);
    List<Path> parts = new ArrayList<>();
    for (int i = 3; i >= 1; i--) {
      calibrated(held.calibration(), new Shard(i, 3), "part" + i);
      parts.add(folder.resolve("part" + i).resolve("calibration.json"));
    }
    MethodSelection merged =
        MethodChoice.of(model, CalibrationFiles.merge(parts), held, RecipeListener.SILENT);

    assertThat(merged.scores()).isEqualTo(whole.scores());
    assertThat(merged.table().toJson()).isEqualTo(whole.table().toJson());
  }

  @Test
  void aTableOfTheSamplesHeldBackIsRefused() throws IOException {
    CalibrationTable all = calibrated(data, Shard.WHOLE, "all");

    assertThatThrownBy(() -> MethodChoice.of(model, all, held, RecipeListener.SILENT))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("calibrated on samples 0 to 23, of which those from 18 on");
  }

  @Test
  void aTableOfOtherDataIsRefused() throws IOException {
    CalibrationTable other = calibrated(SmallNetwork.data(24, 6), Shard.WHOLE, "other");

    assertThatThrownBy(() -> MethodChoice.of(model, other, held, RecipeListener.SILENT))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("noise 6");
  }
}
