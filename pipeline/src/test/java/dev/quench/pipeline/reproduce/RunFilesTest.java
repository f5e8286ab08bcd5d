// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.pipeline.PipelineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFilesTest {
  private static final PublishedTable TABLE = PublishedTable.named("micronet");
  private static final Row NIN = TABLE.row("nin");
  private static final Row GROUPED = TABLE.row("nin-gc");

  @TempDir private Path folder;

  private static RunRecord run(Row row, long seed, int correct) {
    List<Integer> labels = Collections.nCopies(100, 1);
    List<Integer> predictions =
        IntStream.range(0, 100).map(i -> i < correct ? 1 : 0).boxed().toList();
    return new RunRecord(
        RunRecord.SCHEMA_VERSION,
        "micronet",
        row.name(),
        seed,
        "recipe",
        "some-data",
        "training",
        "test",
        List.of(new RunRecord.Epoch(0.5, 80, 81, 12)),
        "model",
        "checkpoint",
        100,
        correct,
        CorrectBits.of(predictions, labels).toBase64(),
        Map.of("onnxruntime", 0),
        1000,
        900,
        800,
        250,
        5000,
        12,
        11.5,
        1,
        "fp32",
        Map.of("java", "25"));
  }

  @Test
  void readsWhatItWrote() throws IOException {
    RunFiles files = new RunFiles(folder.resolve("runs"));
    RunRecord run = run(NIN, 3, 90);

    files.write(NIN, run);

    assertThat(files.read(NIN, 3)).contains(run);
    assertThat(files.read(NIN, 1)).isEmpty();
    assertThat(files.read(GROUPED, 3)).isEmpty();
  }

  @Test
  void findsAllSeedsOfARow() throws IOException {
    RunFiles files = new RunFiles(folder);
    for (long seed : List.of(10L, 2L, 1L)) {
      files.write(NIN, run(NIN, seed, 90));
    }
    files.write(GROUPED, run(GROUPED, 4, 90));

    assertThat(files.all(NIN)).extracting(RunRecord::seed).containsExactly(1L, 2L, 10L);
  }

  @Test
  void refusesADamagedFile() throws IOException {
    RunFiles files = new RunFiles(folder);
    Path file = files.file(NIN, 1);
    for (String text : List.of("", "{", "[]", "{\"row\":\"nin\"}", "null")) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> files.read(NIN, 1))
          .as(text)
          .isInstanceOf(PipelineException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("delete it to run again");
    }
  }

  /// The start of the run that the table shows is not known.
  @Test
  void tableSaysWhereTheStartIsMissing() throws IOException {
    RunFiles files = new RunFiles(folder);
    files.write(GROUPED, run(GROUPED, 1, 88));
    files.write(TABLE.row("w1a32"), run(TABLE.row("w1a32"), 2, 89));

    assertThat(TableMarkdown.of(ReproducedTable.of(TABLE, "some-data", files)))
        .contains("| 1 / 32 | 2 | ? + 1 | 89.00 % |");
  }

  @Test
  void committedTablesAreThoseOfTheCommittedRuns() throws IOException {
    Path results = Path.of("../docs/results");
    for (PublishedTable published : PublishedTable.all()) {
      String name = published.name() + "-fashion-mnist";
      ReproducedTable table =
          ReproducedTable.of(published, "fashion-mnist", new RunFiles(results.resolve(name)));

      assertThat(results.resolve(name + ".md")).hasContent(TableMarkdown.of(table));
      assertThat(results.resolve(name + ".json")).hasContent(TableJson.of(table));
    }
  }

  @Test
  void refusesAFileUnderAnotherName() throws IOException {
    RunFiles files = new RunFiles(folder);
    files.write(NIN, run(NIN, 1, 90));
    Files.move(files.file(NIN, 1), files.file(NIN, 2));
    assertThatThrownBy(() -> files.read(NIN, 2))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("holds row nin of seed 1");
  }

  @Test
  void tableIsMadeOfTheFilesAlone() throws IOException {
    RunFiles files = new RunFiles(folder);
    for (long seed : List.of(1L, 2L)) {
      files.write(NIN, run(NIN, seed, 90));
      files.write(GROUPED, run(GROUPED, seed, seed == 1 ? 88 : 90));
    }
    files.write(GROUPED, run(GROUPED, 3, 50));
    files.write(TABLE.row("w1a32"), run(TABLE.row("w1a32"), 1, 89));

    ReproducedTable table = ReproducedTable.of(TABLE, "some-data", files);

    TableRow nin = table.rows().getFirst();
    assertThat(nin.meanTop1()).isEqualTo(90);
    assertThat(nin.loss()).isEmpty();
    TableRow grouped = table.rows().get(1);
    assertThat(grouped.runs()).hasSize(3);
    assertThat(grouped.loss()).contains(new PairedLoss(2, 200, 2, 0));
    assertThat(grouped.holds()).isEqualTo(Optional.of(true)); // 1.00 ± 0.70 against -0.03
    assertThat(TableMarkdown.of(table))
        .contains("| nin | NIN | 32 / 32 | 1, 2 | 1 | 90.00 % |")
        .contains("| nin | 1.00 ± 0.70 | 1.38 | yes | 0 of 300 |")
        .contains("| 1 / 32 | 1 | 1 + 1 | 89.00 % | nin-gc |")
        .contains("| 32 / 32 | – |");
    assertThat(TableJson.of(table))
        .contains("\"allowed\" : 1.37", "\"comparable\" : false")
        .containsOnlyOnce("\"startsFrom\" : \"nin\"")
        .contains("\"startsFrom\" : \"nin-gc\"");
  }
}
