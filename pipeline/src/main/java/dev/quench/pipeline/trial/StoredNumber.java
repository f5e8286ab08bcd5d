// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.trial;

import com.fasterxml.jackson.databind.JsonNode;

/// Reads numbers that a former run has measured.
public final class StoredNumber {
  private StoredNumber() {}

  /// @throws IllegalArgumentException if the field is missing, no number or not above 0, with its
  ///   name
  public static double positive(JsonNode node, String field) {
    double value = finite(node, field);
    if (!(value > 0)) {
      throw new IllegalArgumentException(field + " must be above 0, got " + value);
    }
    return value;
  }

  /// @throws IllegalArgumentException if the field is missing or no finite number, with its name
  public static double finite(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isNumber() || !Double.isFinite(value.asDouble())) {
      throw new IllegalArgumentException(field + " must be a number, got " + value);
    }
    return value.asDouble();
  }
}
