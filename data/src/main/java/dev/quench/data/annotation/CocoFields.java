// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.quench.Printable;
import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.util.Optional;

/// The fields of one entry of a COCO file, with the liberties that exporters take: null means
/// absent, ids may be text, numbers may be booleans.
///
/// @param where the entry, for messages
record CocoFields(String where, JsonParser parser) {
  /// An id: a whole number, or text.
  Optional<CocoId> id(String field) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_NULL -> Optional.empty();
      case VALUE_STRING -> Optional.of(CocoId.of(parser.getText()));
      case VALUE_NUMBER_INT -> Optional.of(CocoId.of(parser.getText()));
      case VALUE_NUMBER_FLOAT -> {
        double number = parser.getDoubleValue();
        if (number != Math.rint(number) || Math.abs(number) > 1L << 53) {
          throw wrong(field, "a whole number or a text");
        }
        yield Optional.of(new CocoId((long) number, ""));
      }
      default -> throw wrong(field, "a whole number or a text");
    };
  }

  Optional<String> text(String field) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_NULL -> Optional.empty();
      case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Optional.of(parser.getText());
      default -> throw wrong(field, "a text");
    };
  }

  /// A side in pixels, 0 if absent.
  int side(String field) throws IOException {
    double side = number(field).orElse(0.0);
    if (side != Math.rint(side) || side < 0 || side > Integer.MAX_VALUE) {
      throw wrong(field, "a whole number of pixels");
    }
    return (int) side;
  }

  Optional<Double> number(String field) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_NULL -> Optional.empty();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        double number = parser.getDoubleValue();
        if (!Double.isFinite(number)) {
          throw wrong(field, "a finite number");
        }
        yield Optional.of(number);
      }
      default -> throw wrong(field, "a number");
    };
  }

  /// True for any number but 0.
  boolean flag(String field) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> number(field).orElse(0.0) != 0;
    };
  }

  /// Four numbers; empty if absent or not four.
  double[] box(String field) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return new double[0];
    }
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw wrong(field, "an array [x, y, width, height]");
    }
    double[] numbers = new double[4];
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      double number = number(field).orElseThrow(() -> wrong(field, "numbers without null"));
      if (count < 4) {
        numbers[count] = number;
      }
      count++;
    }
    return count == 4 ? numbers : new double[0];
  }

  private String quoted(String text) {
    return parser.currentToken() == JsonToken.VALUE_STRING ? "\"" + text + "\"" : text;
  }

  private DataException wrong(String field, String expected) {
    String got;
    try {
      String text = parser.getText();
      got =
          text == null
              ? ""
              : ", got " + quoted(Printable.escape(text.substring(0, Math.min(40, text.length()))));
    } catch (IOException e) {
      got = "";
    }
    return new DataException(
        "%s: field '%s': expected %s%s".formatted(where, field, expected, got));
  }
}
