// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.calibration.RangeScore;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.pipeline.Notes;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.SmallNetwork;
import dev.quench.run.CalibrationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationRecipeTest {
  @TempDir private Path folder;
  private final Notes notes = new Notes();

  private CalibrationRecipe recipe(long seed) {
    return CalibrationRecipe.of(PreparedModel.of(SmallNetwork.model()), SmallNetwork.data(12, seed))
        .writing(CalibrationFiles.in(folder))
        .listener(notes);
  }

  @Test
  void aTableOfTheSameModelDataAndMethodIsReused() throws IOException {
    CalibrationResult first = recipe(3).run();
    CalibrationResult second = recipe(3).run();

    assertThat(first.reused()).isFalse();
    assertThat(second.reused()).isTrue();
    assertThat(second.table().toJson()).isEqualTo(first.table().toJson());
    assertThat(second.table().hasHistograms()).isTrue();
  }

  @Test
  void otherDataAreCalibratedAnewAndTheNoteSaysWhy() throws IOException {
    recipe(3).run();
    CalibrationResult other = recipe(4).run();

    assertThat(other.reused()).isFalse();
    assertThat(notes.lines()).anyMatch(line -> line.endsWith("other data; calibrating again"));
  }

  @Test
  void anotherMethodIsFoundFromTheHistograms() throws IOException {
    recipe(3).run();
    CalibrationResult other = recipe(3).method(RangeMethod.minMax()).run();

    assertThat(other.reused()).isTrue();
    assertThat(notes.lines()).anyMatch(line -> line.contains("was made by method entropy"));
    Path fresh = Files.createDirectory(folder.resolve("fresh"));
    recipe(3).method(RangeMethod.minMax()).writing(CalibrationFiles.in(fresh)).run();
    for (String name : List.of("calibration.json", "calibration.cache")) {
      assertThat(folder.resolve(name)).hasSameBinaryContentAs(fresh.resolve(name));
    }
  }

  @Test
  void anotherMethodWithoutHistogramsIsCalibratedAnew() throws IOException {
    recipe(3).run();
    Files.delete(folder.resolve("calibration.histograms"));

    assertThat(recipe(3).method(RangeMethod.minMax()).run().reused()).isFalse();
    assertThat(notes.lines()).anyMatch(line -> line.endsWith("calibrating again"));
  }

  @Test
  void theBestScoringMethodIsChosenFromTheHistogramsToo() throws IOException {
    RangeScore least = ranges -> -ranges.entry("relu").orElseThrow().threshold();
    CalibrationResult first = recipe(3).scoredBy(least).run();
    CalibrationResult second = recipe(3).scoredBy(least).run();

    assertThat(first.reused()).isFalse();
    assertThat(second.reused()).isTrue();
    assertThat(second.selection()).isPresent();
    assertThat(second.table().toJson()).isEqualTo(first.table().toJson());
  }

  @Test
  void aTableWithoutItsHistogramsIsNotReused() throws IOException {
    recipe(3).run();
    Files.delete(folder.resolve("calibration.histograms"));

    assertThat(recipe(3).run().reused()).isFalse();
    assertThat(folder.resolve("calibration.histograms")).isNotEmptyFile();
  }

  @Test
  void theTableVouchesForTheCacheBesideIt() throws IOException {
    recipe(3).run();

    CalibrationTable read = CalibrationTable.read(folder.resolve("calibration.json"));
    read.requireCache(TensorRtCache.read(folder.resolve("calibration.cache")));
    assertThat(folder).isDirectoryNotContaining("glob:**.checkpoint");
  }

  @Test
  void shardsMergeToTheTableOfOneRun() throws IOException {
    CalibrationTable whole = recipe(3).writing(CalibrationFiles.NONE).run().table();
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    Files.createDirectories(one);
    Files.createDirectories(two);
    recipe(3).writing(CalibrationFiles.in(one)).shard(new Shard(1, 2)).run();
    recipe(3).writing(CalibrationFiles.in(two)).shard(new Shard(2, 2)).run();

    CalibrationTable merged =
        CalibrationFiles.merge(
            List.of(two.resolve("calibration.json"), one.resolve("calibration.json")));

    assertThat(merged.toJson()).isEqualTo(whole.toJson());
  }

  @Test
  void aDamagedTableIsNotOverwritten() throws IOException {
    Path table = folder.resolve("calibration.json");
    Files.writeString(table, "{");

    assertThatThrownBy(() -> recipe(3).run()).isInstanceOf(CalibrationException.class);
    assertThat(table).hasContent("{");
  }

  @Test
  void allTensorsHoldTheOnesBetweenLayersToo() throws IOException {
    CalibrationTable all =
        CalibrationRecipe.ofAllTensors(SmallNetwork.model(), SmallNetwork.data(4, 3)).run().table();

    assertThat(all.names()).containsExactlyInAnyOrder("x", "first", "relu", "second");
  }
}
