// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.Printable;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/// Makes batches of one sample from rows.
///
/// @param inputs types and shapes of one sample, with a batch axis of 1, by input name
record RowReader(Map<String, Input> inputs, SampleColumns columns) {
  record Input(DataType type, Shape shape) {}

  /// @throws DataException if the model takes several samples at a time, or an input has a free
  ///   dimension besides the first
  static RowReader of(Model model, SampleColumns columns) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (Value input : model.graph().requiredInputs()) {
      input.shape().ifPresent(shape -> shapes.put(input.name(), shape));
    }
    if (BatchAxes.of(shapes).fixedSize(shapes).orElse(1) != 1) {
      throw new DataException(
          "the model takes several samples at a time, and a row is one; make its batch size free or 1");
    }
    Map<String, Input> inputs = new LinkedHashMap<>();
    for (Value input : model.graph().requiredInputs()) {
      Shape declared = shapes.getOrDefault(input.name(), Shape.SCALAR);
      List<Dim> dims = new ArrayList<>(declared.dims());
      if (!dims.isEmpty()) {
        dims.set(0, Dim.of(1));
      }
      Shape one = new Shape(dims);
      if (dims.isEmpty() || !one.isStatic()) {
        throw new DataException(
            "input '%s' is %s; samples in rows need fixed dimensions behind the batch axis; set them with 'quench graph set-shapes'"
                .formatted(Printable.escape(input.name()), declared));
      }
      inputs.put(input.name(), new Input(input.dataType().orElse(DataType.FLOAT), one));
    }
    return new RowReader(inputs, columns);
  }

  /// @throws DataException if a value does not fit, naming its column
  Batch read(Row row) {
    Map<String, Tensor> sample = new LinkedHashMap<>();
    inputs.forEach((name, input) -> {
      String column = columns.of(name);
      sample.put(name, tensor(column, value(row, column), input));
    });
    return new Batch(sample, labels(row), 1);
  }

  private static Object value(Row row, String column) {
    Object value = row.getAs(column);
    if (value == null) {
      throw new DataException("column '%s' is null; expected a sample".formatted(column));
    }
    return value;
  }

  private static Tensor tensor(String column, Object value, Input input) {
    long bytes = input.type().byteSize(input.shape().elements());
    if (value instanceof byte[] raw) {
      if (raw.length != bytes) {
        throw new DataException(
            "column '%s' has %d bytes; expected %d for %s %s"
                .formatted(column, raw.length, bytes, input.type(), input.shape()));
      }
      return Tensor.of(input.type(), input.shape(), MemorySegment.ofArray(raw));
    }
    ArrayElements elements = new ArrayElements(column, input.type(), input.shape());
    elements.addAll(value);
    return elements.tensor();
  }

  private Labels labels(Row row) {
    @Nullable String column = columns.label().orElse(null);
    if (column == null) {
      return new Labels.None();
    }
    return switch (value(row, column)) {
      case String text -> new Labels.Texts(List.of(text));
      case Number number when number.doubleValue() == number.intValue() ->
          new Labels.Classes(List.of(number.intValue()));
      case Object other ->
          throw new DataException(
              "column '%s' holds %s; expected a whole number (a class) or a string (a text)"
                  .formatted(column, other.getClass().getSimpleName()));
    };
  }
}
