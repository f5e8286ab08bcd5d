// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.Printable;
import dev.quench.eval.cluster.ClusterException;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/// Which columns of rows hold a sample: a column for each of the model's inputs, and optionally one
/// with the label.
///
/// A column is binary, the elements of one sample as they lie in memory, little-endian in the type
/// of the input; or an array, nested or flat, of numbers or booleans in row-major order, each of
/// which the input's type must hold. A label is a whole number, the class, or a string, the text.
/// Immutable.
public final class SampleColumns implements Serializable {
  private static final long serialVersionUID = 1L;

  private final LinkedHashMap<String, String> columns;
  private final @Nullable String label;

  private SampleColumns(Map<String, String> columns, @Nullable String label) {
    this.columns = new LinkedHashMap<>(columns);
    this.label = label;
  }

  /// Columns called like the inputs, without labels.
  public static SampleColumns likeInputs() {
    return new SampleColumns(Map.of(), null);
  }

  /// These columns, with another one for an input.
  public SampleColumns input(String input, String column) {
    LinkedHashMap<String, String> more = new LinkedHashMap<>(columns);
    more.put(input, column);
    return new SampleColumns(more, label);
  }

  /// These columns, with labels.
  public SampleColumns label(String column) {
    return new SampleColumns(columns, column);
  }

  String of(String input) {
    return columns.getOrDefault(input, input);
  }

  Optional<String> label() {
    return Optional.ofNullable(label);
  }

  /// Refuses a schema that cannot feed the model.
  ///
  /// @throws ClusterException naming the column and what was expected
  void check(StructType schema, Model model) {
    Map<String, String> wanted = new LinkedHashMap<>();
    for (Value input : model.graph().requiredInputs()) {
      wanted.put(of(input.name()), input.name());
    }
    wanted.forEach((column, input) -> {
      DataType type = require(schema, column, "input '" + Printable.escape(input) + "'");
      DataType element = type;
      while (element instanceof ArrayType array) {
        element = array.elementType();
      }
      boolean numbers =
          type instanceof ArrayType
              && (element instanceof NumericType || element instanceof BooleanType);
      if (!(type instanceof BinaryType) && !numbers) {
        throw new ClusterException(
            "column '%s' is %s; expected binary, or an array of numbers, for input '%s'"
                .formatted(column, type.simpleString(), input));
      }
    });
    if (label != null) {
      require(schema, label, "the labels");
    }
  }

  private static DataType require(StructType schema, String column, String purpose) {
    if (!Arrays.asList(schema.fieldNames()).contains(column)) {
      throw new ClusterException(
          "the rows have no column '%s' for %s; they have %s"
              .formatted(column, purpose, Arrays.toString(schema.fieldNames())));
    }
    return schema.apply(column).dataType();
  }
}
