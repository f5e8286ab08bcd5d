// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quench.calibration.table.StrictJson;
import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import dev.quench.pipeline.PipelineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files of the runs of one table on one data set: a folder with one JSON file for each row and
/// seed.
///
/// @param folder created when the first run is written
public record RunFiles(Path folder) {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 4;
  private static final JsonMapper MAPPER =
      StrictJson.mapper(MAX_DEPTH)
          .rebuild()
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /// The file of one run, which need not exist.
  public Path file(Row row, long seed) {
    return folder.resolve("%s-seed%d.json".formatted(row.name(), seed));
  }

  /// Reads a run; empty if it is not done.
  ///
  /// @throws PipelineException if the file is damaged, or of another run than its name says
  /// @throws IOException if it cannot be read
  public Optional<RunRecord> read(Row row, long seed) throws IOException {
    Path file = file(row, seed);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    RunRecord run;
    try {
      run = MAPPER.readValue(RegularFile.readText(file, MAX_BYTES), RunRecord.class);
      if (run == null) {
        throw new PipelineException("got null, expected the JSON object of a run");
      }
      run.correctBits();
    } catch (JsonProcessingException e) {
      throw new PipelineException(
          file + ": not the file of a run: " + e.getOriginalMessage() + "; delete it to run again",
          e);
    } catch (PipelineException e) {
      throw new PipelineException(file + ": " + e.getMessage() + "; delete it to run again", e);
    }
    if (!run.row().equals(row.name()) || run.seed() != seed) {
      throw new PipelineException(
          "%s: holds row %s of seed %d, expected row %s of seed %d; give it back its name"
              .formatted(file, run.row(), run.seed(), row.name(), seed));
    }
    return Optional.of(run);
  }

  /// Reads all finished runs of a row, by ascending seed.
  ///
  /// @throws PipelineException as [#read] does
  /// @throws IOException if a file cannot be read
  public List<RunRecord> all(Row row) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    Pattern name = Pattern.compile(Pattern.quote(row.name()) + "-seed(-?\\d{1,18})\\.json");
    List<Long> seeds;
    try (Stream<Path> files = Files.list(folder)) {
      seeds =
          files
              .map(file -> name.matcher(String.valueOf(file.getFileName())))
              .filter(Matcher::matches)
              .map(matcher -> Long.valueOf(matcher.group(1)))
              .sorted()
              .toList();
    }
    List<RunRecord> runs = new ArrayList<>();
    for (long seed : seeds) {
      read(row, seed).ifPresent(runs::add);
    }
    return runs;
  }

  /// Writes a run, or replaces it.
  public void write(Row row, RunRecord run) throws IOException {
    Files.createDirectories(folder);
    AtomicFile.writeString(file(row, run.seed()), MAPPER.writeValueAsString(run) + "\n");
  }
}
