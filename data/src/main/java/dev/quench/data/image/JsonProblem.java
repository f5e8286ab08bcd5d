// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;

/// Describes a parse error of JSON on one line.
public final class JsonProblem {
  private JsonProblem() {}

  public static String of(JsonProcessingException e) {
    String reason =
        e.getOriginalMessage()
            .replaceAll("\\s*\\(start marker at [^)]*\\)[^)]*\\)", "")
            .replaceAll("\\s+", " ")
            .strip();
    JsonLocation at = e.getLocation();
    return at == null
        ? reason
        : "%s (line %d, column %d)".formatted(reason, at.getLineNr(), at.getColumnNr());
  }
}
