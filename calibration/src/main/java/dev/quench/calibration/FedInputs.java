// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.Printable;
import dev.quench.data.Batch;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a model has to be fed, against which batches are checked and from which single samples are
/// cut.
final class FedInputs {
  /// The model takes batches of any size.
  static final int ANY_SIZE = 0;

  private final List<Value> inputs;

  /// @throws CalibrationException if the model has no inputs
  FedInputs(Model model) {
    this.inputs = model.graph().requiredInputs();
    if (inputs.isEmpty()) {
      throw new CalibrationException(
          "the model has no inputs, so there is nothing to calibrate on");
    }
  }

  static List<String> names(Model model) {
    return model.graph().requiredInputs().stream().map(Value::name).toList();
  }

  /// The size that the first dimension of an input is fixed to, or [#ANY_SIZE].
  static int batchSize(Model model) {
    for (Value input : model.graph().requiredInputs()) {
      Optional<Shape> shape = input.shape();
      if (shape.isPresent()
          && shape.get().rank() > 0
          && shape.get().dim(0) instanceof Dim.Fixed(long size)
          && size > 0) {
        return Math.toIntExact(size);
      }
    }
    return ANY_SIZE;
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
          || !fits(given.shape(), input.shape(), batch.size())) {
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

  private static boolean fits(Shape given, Optional<Shape> declared, int batchSize) {
    if (given.rank() == 0 || given.size(0) != batchSize) {
      return false;
    }
    if (declared.isEmpty()) {
      return true;
    }
    if (declared.get().rank() != given.rank()) {
      return false;
    }
    for (int axis = 1; axis < given.rank(); axis++) {
      if (declared.get().dim(axis) instanceof Dim.Fixed(long size) && size != given.size(axis)) {
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

  /// One sample of a batch as a batch of its own; shares the memory.
  static Map<String, Tensor> sample(Batch batch, int index) {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    batch
        .inputs()
        .forEach((name, tensor) -> {
          Shape shape = tensor.shape().with(0, Dim.of(1));
          int elements = Math.toIntExact(shape.elements());
          if (tensor.dataType() == DataType.STRING) {
            int from = Math.multiplyExact(index, elements);
            inputs.put(
                name, Tensor.ofStrings(shape, tensor.strings().subList(from, from + elements)));
          } else if ((long) elements * tensor.dataType().bits() % Byte.SIZE != 0) {
            throw new CalibrationException(
                "input '%s': samples of %d elements of %s do not end on a whole byte and cannot be cut from a batch; use batches of 1"
                    .formatted(Printable.escape(name), elements, tensor.dataType()));
          } else {
            long size = tensor.dataType().byteSize(elements);
            inputs.put(
                name,
                Tensor.of(tensor.dataType(), shape, tensor.bytes().asSlice(index * size, size)));
          }
        });
    return inputs;
  }
}
