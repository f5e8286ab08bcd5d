// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// The file beside a result that says which part of the data was seen where. It differs from run to
/// run; the result does not.
final class Provenance {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Provenance() {}

  /// @param digest of the data; empty where it is not computed
  static void write(
      Path file, String data, String digest, PartState seen, Optional<CalibrationTable> table)
      throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("data", data);
    root.put("dataDigest", digest);
    table
        .flatMap(made -> made.header().modelDigest())
        .ifPresent(model -> root.put("modelDigest", model));
    root.put("samples", seen.samples());
    ArrayNode kinds = root.putArray("executorKinds");
    seen.kinds().keySet().forEach(kinds::add);
    ArrayNode parts = root.putArray("parts");
    for (PartPlace place : seen.places().values()) {
      ObjectNode part = parts.addObject();
      part.put("part", place.part());
      part.put("samples", place.samples());
      if (!place.firstFile().isEmpty()) {
        part.put("firstFile", place.firstFile());
        part.put("lastFile", place.lastFile());
      }
      part.put("digest", place.digest());
      part.put("executor", place.executor());
    }
    AtomicFile.writeString(file, root.toPrettyString() + "\n");
  }
}
