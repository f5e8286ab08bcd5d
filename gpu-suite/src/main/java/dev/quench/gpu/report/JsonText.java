// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/// Converts figures to JSON. Infinity and NaN, which JSON lacks, become text.
final class JsonText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonText() {}

  static JsonNode number(double value) {
    return Double.isFinite(value)
        ? JsonNodeFactory.instance.numberNode(value)
        : JsonNodeFactory.instance.textNode(Double.toString(value));
  }

  static JsonNode number(long value) {
    return JsonNodeFactory.instance.numberNode(value);
  }

  static JsonNode of(Object value) {
    return value instanceof Double number ? number(number.doubleValue()) : JSON.valueToTree(value);
  }
}
