// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.Printable;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.run.CalibrationException;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/// The inputs that a model requires. Checks batches against them and slices samples from batches.
final class FedInputs {
  /// Stands for a model that takes batches of any size.
  static final int ANY_SIZE = 0;

  private final List<Value> inputs;

  /// @throws CalibrationException if the model has no inputs
  FedInputs(Model model) {
    this.inputs = model.graph().requiredInputs();
    if (inputs.isEmpty()) {
      throw new CalibrationException("the model has no inputs to calibrate on");
    }
  }

  static List<String> names(Model model) {
    return model.graph().requiredInputs().stream().map(Value::name).toList();
  }

  /// How many samples the model takes at a time, or [#ANY_SIZE].
  ///
  /// @param axes that count samples
  static int batchSize(Model model, BatchAxes axes) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (Value input : model.graph().requiredInputs()) {
      input.shape().ifPresent(shape -> shapes.put(input.name(), shape));
    }
    return axes.fixedSize(shapes).orElse(ANY_SIZE);
  }

  /// @throws CalibrationException if names, types or shapes differ from the model's
  void check(Batch batch) {
    for (Value input : inputs) {
      Tensor given = batch.inputs().get(input.name());
      if (given == null) {
        throw unfit(batch, "the model needs '" + Printable.escape(input.name()) + "'");
      }
      Optional<DataType> type = input.dataType();
      if ((type.isPresent() && type.get() != given.dataType())
          || !fits(given.shape(), input.shape(), batch.axes().of(input.name()), batch.size())) {
        throw unfit(
            batch,
            "the model takes '%s' as %s %s"
                .formatted(
                    Printable.escape(input.name()),
                    type.map(DataType::toString).orElse("any type"),
                    input.shape().map(Shape::toString).orElse("of any shape")));
      }
    }
    if (batch.inputs().size() != inputs.size()) {
      throw unfit(
          batch,
          "the model takes only "
              + inputs.stream()
                  .map(input -> "'" + Printable.escape(input.name()) + "'")
                  .collect(Collectors.joining(", ")));
    }
  }

  private static boolean fits(
      Shape given, Optional<Shape> declared, OptionalInt samples, int batchSize) {
    if (samples.isPresent()
        && (given.rank() <= samples.getAsInt() || given.size(samples.getAsInt()) != batchSize)) {
      return false;
    }
    if (declared.isEmpty()) {
      return true;
    }
    if (declared.get().rank() != given.rank()) {
      return false;
    }
    for (int axis = 0; axis < given.rank(); axis++) {
      if (!samples.equals(OptionalInt.of(axis))
          && declared.get().dim(axis) instanceof Dim.Fixed(long size)
          && size != given.size(axis)) {
        return false;
      }
    }
    return true;
  }

  private static CalibrationException unfit(Batch batch, String expected) {
    String received =
        batch.inputs().entrySet().stream()
            .map(entry ->
                "'%s' %s %s"
                    .formatted(
                        Printable.escape(entry.getKey()),
                        entry.getValue().dataType(),
                        entry.getValue().shape()))
            .collect(Collectors.joining(", "));
    return new CalibrationException(
        "the data do not fit the model: a batch of %d samples has %s; %s; use data made for this model"
            .formatted(batch.size(), received.isEmpty() ? "no inputs" : received, expected));
  }

  /// Some samples of a batch as a separate batch that shares its memory.
  ///
  /// @param from the first
  /// @param to the one after the last
  static Map<String, Tensor> part(Batch batch, int from, int to) {
    if (from == 0 && to == batch.size()) {
      return batch.inputs();
    }
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    batch
        .inputs()
        .forEach((name, tensor) ->
            inputs.put(
                name,
                batch.axes().of(name).equals(OptionalInt.of(0))
                    ? part(name, tensor, from, to)
                    : batch.axes().part(name, tensor, from, to)));
    return inputs;
  }

  private static Tensor part(String name, Tensor tensor, int from, int to) {
    Shape shape = tensor.shape().with(0, Dim.of(to - from));
    int each = Math.toIntExact(tensor.shape().elements() / tensor.shape().size(0));
    if (tensor.dataType() == DataType.STRING) {
      return Tensor.ofStrings(
          shape,
          tensor.strings().subList(Math.multiplyExact(from, each), Math.multiplyExact(to, each)));
    }
    if ((long) each * tensor.dataType().bits() % Byte.SIZE != 0) {
      throw new CalibrationException(
          "input '%s': samples of %d elements of %s do not end on a whole byte and cannot be cut from a batch; use batches of 1"
              .formatted(Printable.escape(name), each, tensor.dataType()));
    }
    long size = tensor.dataType().byteSize(each);
    return Tensor.of(
        tensor.dataType(), shape, tensor.bytes().asSlice(from * size, (to - from) * size));
  }
}
