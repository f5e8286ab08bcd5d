// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The fields of a small declaration in JSON: nested objects of numbers, strings, booleans and
/// arrays of numbers. The reader takes each field by its name, `resize.mode` for a field of a
/// nested object; a field left over is an error.
final class DeclaredFields {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(4)
                  .maxStringLength(1000)
                  .maxNameLength(100)
                  .maxNumberLength(40)
                  .build())
          .build();

  private final String where;
  private final Map<String, List<String>> fields = new LinkedHashMap<>();

  private DeclaredFields(String where) {
    this.where = where;
  }

  /// @throws DataException if the text is other JSON or invalid
  static DeclaredFields read(String where, byte[] json) throws IOException {
    DeclaredFields fields = new DeclaredFields(where);
    try (JsonParser parser = JSON.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new DataException(where + ": expected a JSON object { … }");
      }
      fields.object(parser, "");
      if (parser.nextToken() != null) {
        throw new DataException(where + ": has text after its JSON object");
      }
    } catch (JsonProcessingException e) {
      throw new DataException(where + ": expected valid JSON: " + JsonProblem.of(e), e);
    }
    return fields;
  }

  private void object(JsonParser parser, String prefix) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = prefix + parser.currentName();
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        object(parser, name + ".");
      } else {
        fields.put(name, values(parser, name));
      }
    }
  }

  private List<String> values(JsonParser parser, String name) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      return List.of(scalar(parser, name));
    }
    List<String> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      values.add(scalar(parser, name));
    }
    return values;
  }

  private String scalar(JsonParser parser, String name) throws IOException {
    if (!parser.currentToken().isScalarValue() || parser.currentToken() == JsonToken.VALUE_NULL) {
      throw error(name, "expected a number, a string, or an array of numbers");
    }
    return parser.getText();
  }

  /// A text field.
  ///
  /// @param otherwise the default for an absent field; null if the field is required
  String text(String name, @Nullable String otherwise) {
    List<String> values = fields.remove(name);
    if (values == null) {
      if (otherwise == null) {
        throw error(name, "is missing");
      }
      return otherwise;
    }
    if (values.size() != 1) {
      throw error(name, "is an array, expected one value");
    }
    return values.getFirst();
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  int integer(String name, @Nullable Integer otherwise) {
    String text = text(name, otherwise == null ? null : otherwise.toString());
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw error(name, "is '" + text + "', expected a whole number");
    }
  }

  boolean truth(String name, boolean otherwise) {
    String text = text(name, Boolean.toString(otherwise));
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw error(name, "is '" + text + "', expected true or false");
    };
  }

  /// Numbers; also accepts fractions such as `"1/255"`.
  double[] numbers(String name, double otherwise) {
    List<String> values = fields.remove(name);
    if (values == null) {
      return new double[] {otherwise};
    }
    return values.stream().mapToDouble(text -> number(name, text)).toArray();
  }

  private double number(String name, String text) {
    String[] fraction = text.split("/", 2);
    try {
      double number = Double.parseDouble(fraction[0]);
      return fraction.length == 1 ? number : number / Double.parseDouble(fraction[1]);
    } catch (NumberFormatException e) {
      throw error(name, "is '" + text + "', expected a number such as 0.5 or \"1/255\"");
    }
  }

  /// A constant of an enum, written in lower case with hyphens or verbatim.
  <E extends Enum<E>> E constant(String name, Class<E> type, @Nullable E otherwise) {
    String text = text(name, otherwise == null ? null : otherwise.name());
    String wanted = text.replace('-', '_').toUpperCase(Locale.ROOT);
    List<String> known = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(wanted)) {
        return constant;
      }
      known.add(hyphenated(constant));
    }
    throw error(name, "is '" + text + "', expected one of " + known);
  }

  static String hyphenated(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// @throws DataException if a field is left over
  void finish() {
    if (!fields.isEmpty()) {
      throw error(fields.keySet().iterator().next(), "is unknown; check its name");
    }
  }

  DataException error(String name, String problem) {
    return new DataException(where + ": field '" + name + "' " + problem);
  }
}
