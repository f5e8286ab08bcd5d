// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine;

/// What `--json` prints: the fields of a result or an error behind those that all have.
final class JsonDocument {
  /// Rises when a field changes its meaning or goes; new fields may come without.
  private static final int SCHEMA_VERSION = 1;

  private JsonDocument() {}

  /// @param result an object, or anything else that becomes the field `result`
  static ObjectNode of(CommandLine commandLine, JsonNode result) {
    ObjectNode document = begin(commandLine);
    if (result instanceof ObjectNode fields) {
      document.setAll(fields);
    } else {
      document.set("result", result);
    }
    return document;
  }

  /// @param message one line
  static ObjectNode ofError(CommandLine commandLine, String message, int exitCode) {
    ObjectNode document = begin(commandLine);
    document.putObject("error").put("message", message).put("exitCode", exitCode);
    return document;
  }

  private static ObjectNode begin(CommandLine commandLine) {
    return Json.object()
        .put("schemaVersion", SCHEMA_VERSION)
        .put("command", commandLine.getCommandSpec().qualifiedName());
  }
}
