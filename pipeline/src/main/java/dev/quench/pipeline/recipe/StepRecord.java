// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quench.calibration.table.StrictJson;
import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The note in a step's folder that it is done.
///
/// @param key of all that it was made of
/// @param seconds that it took, in the attempt that ended it
/// @param files by artifact
/// @param figures by name
/// @param failure the bound that its result does not hold, or empty text
record StepRecord(
    String key,
    double seconds,
    Map<String, StoredFile> files,
    Map<String, Double> figures,
    String failure) {
  private static final String NAME = "done.json";
  private static final int MAX_BYTES = 1 << 16;
  private static final int MAX_DEPTH = 4;
  private static final JsonMapper MAPPER =
      StrictJson.mapper(MAX_DEPTH)
          .rebuild()
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /// @param name in the step's folder
  record StoredFile(String name, String sha256) {}

  StepRecord {
    files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
  }

  /// Reads the note; empty unless it is whole, of that key, and the files are as they were written.
  static Optional<StepRecord> read(Path folder, String key) throws IOException {
    Path note = folder.resolve(NAME);
    if (!Files.isRegularFile(note)) {
      return Optional.empty();
    }
    try {
      StepRecord read = MAPPER.readValue(RegularFile.readText(note, MAX_BYTES), StepRecord.class);
      return read != null && read.key.equals(key) && read.isIntact(folder)
          ? Optional.of(read)
          : Optional.empty();
    } catch (JsonProcessingException | DataException e) {
      return Optional.empty(); // damaged, so the step is not known to be done
    }
  }

  private boolean isIntact(Path folder) throws IOException {
    for (StoredFile file : files.values()) {
      Path path = folder.resolve(file.name()).normalize();
      if (!folder.normalize().equals(path.getParent())
          || !Files.isRegularFile(path)
          || !RegularFile.sha256(path).equals(file.sha256())) {
        return false;
      }
    }
    return true;
  }

  void write(Path folder) throws IOException {
    AtomicFile.writeString(folder.resolve(NAME), MAPPER.writeValueAsString(this) + "\n");
  }

  static void delete(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(NAME));
  }
}
