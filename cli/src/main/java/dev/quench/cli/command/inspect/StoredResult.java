// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.Json;
import dev.quench.io.RegularFile;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A file that Quench wrote besides models: what it is, of which model, and what it says in short.
public sealed interface StoredResult permits TableSummary, CacheSummary, ReportSummary {
  /// Reports of evaluations take some kilobytes; more is another file.
  int MAX_REPORT_BYTES = 64 << 20;

  /// Enough to tell the kinds apart; no ONNX file begins with the first letter of either.
  int BEGINNING = 4;

  /// Lines for people.
  List<String> lines();

  /// The same for machines.
  ObjectNode json();

  /// Reads a calibration table, a calibration cache of TensorRT or a report of `eval`; empty for a
  /// file that begins like none of them.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws CommandException for JSON of another kind
  static Optional<StoredResult> read(Path file) throws IOException {
    String beginning = beginning(file);
    if (beginning.equals("TRT-")) {
      return Optional.of(new CacheSummary(file, TensorRtCache.read(file)));
    }
    if (!beginning.startsWith("{")) {
      return Optional.empty();
    }
    JsonNode document = parsed(file);
    if (document.has("tensors") && document.has("modelDigest")) {
      return Optional.of(new TableSummary(file, CalibrationFiles.read(file)));
    }
    if (document.path("results").isArray() && document.has("data")) {
      return Optional.of(new ReportSummary(file, document));
    }
    throw new CommandException(
        file
            + ": JSON, but neither a calibration table nor the report of eval, which alone inspect reads");
  }

  private static String beginning(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return "";
    }
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(BEGINNING), StandardCharsets.ISO_8859_1);
    }
  }

  private static JsonNode parsed(Path file) throws IOException {
    String text = RegularFile.readText(file, MAX_REPORT_BYTES);
    try {
      return Json.parse(text);
    } catch (IllegalStateException e) {
      throw new CommandException(
          file + ": begins like JSON but is damaged; expected an ONNX file, a table or a report");
    }
  }
}
