// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.graph.AttributeValue;
import java.util.Optional;

/// An attribute of an operator.
///
/// @param defaultValue the value of an absent attribute; empty when the attribute is required or
///   absence means something that no value can express
public record AttributeSpec(
    String name, Kind kind, boolean required, Optional<AttributeValue> defaultValue) {

  /// The kinds of attribute values, with the letters that stand for them in the schema tables.
  public enum Kind {
    FLOAT("f", AttributeValue.FloatValue.class, "a float"),
    INT("i", AttributeValue.IntValue.class, "an integer"),
    TEXT("s", AttributeValue.TextValue.class, "a string"),
    TENSOR("t", AttributeValue.TensorValue.class, "a tensor"),
    SPARSE_TENSOR("st", AttributeValue.SparseTensorValue.class, "a sparse tensor"),
    GRAPH("g", AttributeValue.GraphValue.class, "a graph"),
    TYPE("tp", AttributeValue.TypeValue.class, "a type"),
    FLOATS("fs", AttributeValue.Floats.class, "a list of floats"),
    INTS("is", AttributeValue.Ints.class, "a list of integers"),
    TEXTS("ss", AttributeValue.Texts.class, "a list of strings");

    private final String letters;
    private final Class<? extends AttributeValue> type;
    private final String description;

    Kind(String letters, Class<? extends AttributeValue> type, String description) {
      this.letters = letters;
      this.type = type;
      this.description = description;
    }

    static Kind ofLetters(String letters) {
      for (Kind kind : values()) {
        if (kind.letters.equals(letters)) {
          return kind;
        }
      }
      throw new IllegalArgumentException("no attribute kind '" + letters + "'");
    }

    /// For messages: `a list of integers`.
    public String description() {
      return description;
    }

    /// Whether `value` is of this kind. References of a function body always are: they are not
    /// bound yet.
    public boolean accepts(AttributeValue value) {
      return type.isInstance(value) || value instanceof AttributeValue.Reference;
    }
  }
}
