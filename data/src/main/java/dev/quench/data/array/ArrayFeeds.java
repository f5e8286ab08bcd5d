// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.graph.ValueType.TensorType;
import dev.quench.run.dataset.AxisSlice;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.InputFeed;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// Infers from their shapes how stored arrays feed the inputs of a model.
///
/// @param inputs declared type by name
/// @param axes that count samples in the model's inputs
/// @param said names of inputs whose axis the user gave
public record ArrayFeeds(Map<String, TensorType> inputs, BatchAxes axes, List<String> said) {
  /// Arrays in the form that [TensorDataset] accepts.
  record Fed(Map<String, Tensor> tensors, Map<String, InputFeed> feeds) {}

  /// One way to read an array.
  ///
  /// @param samples how many samples the array then holds; empty if it applies to all
  private record Reading(Tensor tensor, InputFeed feed, OptionalLong samples) {}

  /// @param where for messages
  /// @param arrays by input name; for unknown inputs, axis 0 counts samples
  /// @throws DataException if an array fits in no way or in several
  Fed of(String where, Map<String, Tensor> arrays) {
    Map<String, List<Reading>> readings = new LinkedHashMap<>();
    arrays.forEach((name, array) -> readings.put(name, readings(name, array)));
    OptionalLong samples = samples(readings);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Map<String, InputFeed> feeds = new LinkedHashMap<>();
    readings.forEach((name, possible) -> {
      Reading chosen = chosen(where, name, arrays, possible, samples);
      tensors.put(name, chosen.tensor());
      feeds.put(name, chosen.feed());
    });
    refuseSingleInFullBatches(where, feeds);
    return new Fed(tensors, feeds);
  }

  /// An array given together with folders that hold one array per sample.
  ///
  /// @throws DataException unless it has the declared shape of an input without a batch axis
  Tensor whole(String name, Tensor array) {
    if (!declared(name).equals(array.shape())) {
      throw new DataException(
          "array '%s' %s beside a folder holds for all samples, but the model takes %s; give a folder with one file for each sample"
              .formatted(name, array.shape(), declared(name)));
    }
    return array;
  }

  private void refuseSingleInFullBatches(String where, Map<String, InputFeed> feeds) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    inputs.forEach((name, type) -> {
      if (type.shape() != null) {
        shapes.put(name, type.shape());
      }
    });
    OptionalInt fixed = axes.fixedSize(shapes);
    feeds.forEach((name, feed) -> {
      if (feed instanceof InputFeed.Each && fixed.isPresent() && fixed.getAsInt() > 1) {
        throw new DataException(
            "%s: input '%s' has one entry for each sample, but the model takes %d samples a call and one '%s' for all; make the model's batch size free or give one entry"
                .formatted(where, name, fixed.getAsInt(), name));
      }
    });
  }

  /// The number of samples, from the first unambiguous array.
  private static OptionalLong samples(Map<String, List<Reading>> readings) {
    for (List<Reading> possible : readings.values()) {
      if (possible.size() == 1 && possible.getFirst().samples().isPresent()) {
        return possible.getFirst().samples();
      }
    }
    return readings.values().stream()
        .flatMap(List::stream)
        .map(Reading::samples)
        .filter(OptionalLong::isPresent)
        .findFirst()
        .orElse(OptionalLong.empty());
  }

  private Reading chosen(
      String where,
      String name,
      Map<String, Tensor> arrays,
      List<Reading> possible,
      OptionalLong samples) {
    Tensor array = Objects.requireNonNull(arrays.get(name));
    List<Reading> counting =
        possible.stream().filter(one -> one.samples().equals(samples)).toList();
    if (counting.size() > 1) {
      throw new DataException(
          "%s: array '%s' %s can hold its samples along axis 0 or along axis %d; %s"
              .formatted(
                  where,
                  name,
                  array.shape(),
                  axes.of(name).orElse(0),
                  "say --batch-axis %s=%d if it is the latter, else use another number of samples"
                      .formatted(name, axes.of(name).orElse(0))));
    }
    if (!counting.isEmpty()) {
      return counting.getFirst();
    }
    return possible.stream()
        .filter(one -> one.samples().isEmpty())
        .findFirst()
        .orElseThrow(() -> unfit(where, name, array, samples));
  }

  private DataException unfit(String where, String name, Tensor array, OptionalLong samples) {
    Shape declared = declared(name);
    OptionalInt axis = axes.of(name);
    String expected =
        axis.isPresent() && samples.isPresent()
            ? "%d samples as other inputs have".formatted(samples.getAsLong())
            : "its own shape, or one entry for each sample";
    return new DataException(
        "%s: array '%s' %s does not fit input '%s' %s, whose samples lie along %s; expected %s; --batch-axis %s=K says another axis, %s=none that it has none"
            .formatted(
                where,
                name,
                array.shape(),
                name,
                declared,
                axis.isPresent() ? "axis " + axis.getAsInt() : "no axis",
                expected,
                name,
                name));
  }

  private Shape declared(String name) {
    TensorType type = inputs.get(name);
    return type == null || type.shape() == null ? Shape.SCALAR : type.shape();
  }

  private List<Reading> readings(String name, Tensor array) {
    TensorType type = inputs.get(name);
    if (type == null || type.shape() == null) {
      return List.of(along(array, 0));
    }
    Shape declared = type.shape();
    OptionalInt axis = axes.of(name);
    List<Reading> readings =
        axis.isPresent() && axis.getAsInt() < declared.rank()
            ? counted(array, declared, axis.getAsInt(), said.contains(name))
            : uncounted(array, declared);
    // Feeding reports an array that fits nowhere, with the expected input.
    return readings.isEmpty() && array.shape().rank() > 0 && axis.equals(OptionalInt.of(0))
        ? List.of(along(array, 0))
        : readings;
  }

  private static Reading along(Tensor array, int axis) {
    return new Reading(array, new InputFeed.Along(axis), OptionalLong.of(array.shape().size(axis)));
  }

  /// Readings for an input with a batch axis.
  private static List<Reading> counted(Tensor array, Shape declared, int axis, boolean said) {
    Shape given = array.shape();
    List<Reading> readings = new ArrayList<>();
    if (given.rank() == declared.rank()) {
      if (fits(given, declared.with(axis, Dim.UNKNOWN))) {
        readings.add(along(array, axis));
      }
      if (axis > 0 && (readings.isEmpty() || !said) && fits(given, sampleFirst(declared, axis))) {
        readings.add(along(AxisSlice.moveFirst(array, axis), axis));
      }
    }
    if (given.rank() == declared.rank() + 1
        && given.size(axis + 1) == 1
        && fits(given, prepended(declared.with(axis, Dim.of(1))))) {
      List<Dim> dims = new ArrayList<>(given.dims());
      dims.remove(axis + 1);
      Tensor rows = array.reshape(new Shape(dims));
      readings.add(along(axis == 0 ? rows : AxisSlice.moveFirst(rows, axis), axis));
    }
    if (declared.isStatic() && given.equals(declared)) {
      readings.add(new Reading(array, new InputFeed.Whole(), OptionalLong.empty()));
    }
    return readings;
  }

  /// Readings for an input without a batch axis.
  private static List<Reading> uncounted(Tensor array, Shape declared) {
    Shape given = array.shape();
    List<Reading> readings = new ArrayList<>();
    if (declared.isStatic() && given.equals(declared)) {
      readings.add(new Reading(array, new InputFeed.Whole(), OptionalLong.empty()));
    }
    if (given.rank() == declared.rank() + 1 && fits(given, prepended(declared))) {
      readings.add(new Reading(array, new InputFeed.Each(), OptionalLong.of(given.size(0))));
      if (given.size(0) == 1) {
        Tensor only = array.reshape(new Shape(given.dims().subList(1, given.rank())));
        readings.add(new Reading(only, new InputFeed.Whole(), OptionalLong.empty()));
      }
    }
    if (declared.rank() > 0
        && given.rank() == declared.rank()
        && declared.dim(0).equals(Dim.of(1))
        && given.size(0) != 1
        && fits(given, declared.with(0, Dim.UNKNOWN))) {
      List<Dim> dims = new ArrayList<>(given.dims());
      dims.add(1, Dim.of(1));
      readings.add(
          new Reading(
              array.reshape(new Shape(dims)),
              new InputFeed.Each(),
              OptionalLong.of(given.size(0))));
    }
    return readings;
  }

  /// The shape with one entry per sample, samples first.
  private static Shape sampleFirst(Shape declared, int axis) {
    List<Dim> dims = new ArrayList<>(declared.dims());
    dims.remove(axis);
    dims.addFirst(Dim.UNKNOWN);
    return new Shape(dims);
  }

  private static Shape prepended(Shape declared) {
    List<Dim> dims = new ArrayList<>(declared.dims());
    dims.addFirst(Dim.UNKNOWN);
    return new Shape(dims);
  }

  private static boolean fits(Shape given, Shape wanted) {
    if (given.rank() != wanted.rank()) {
      return false;
    }
    for (int axis = 0; axis < given.rank(); axis++) {
      if (wanted.dim(axis) instanceof Dim.Fixed(long size) && given.size(axis) != size) {
        return false;
      }
    }
    return true;
  }
}
