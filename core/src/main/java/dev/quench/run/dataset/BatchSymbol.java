// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/// A symbolic dimension with the axis that it first stands at in each input that has it.
///
/// @param leading sizes of axis 0 of those inputs, where fixed
record BatchSymbol(String name, Map<String, Integer> axes, Set<Long> leading) {
  private static final Pattern CALLED_BATCH =
      Pattern.compile("\\w*batch\\w*", Pattern.CASE_INSENSITIVE);

  /// As [BatchAxes#of] says.
  static Map<String, OptionalInt> axes(Map<String, Shape> inputs) {
    Map<String, OptionalInt> axes = new LinkedHashMap<>();
    Optional<BatchSymbol> symbol = find(inputs);
    OptionalInt fixed = isFree(inputs, symbol) ? OptionalInt.empty() : fixedBatch(inputs);
    inputs.forEach((name, shape) -> axes.put(name, axis(name, shape, symbol, fixed)));
    return axes;
  }

  private static OptionalInt axis(
      String name, Shape shape, Optional<BatchSymbol> symbol, OptionalInt fixed) {
    Integer named = symbol.map(BatchSymbol::axes).map(known -> known.get(name)).orElse(null);
    if (named != null) {
      return OptionalInt.of(named);
    }
    if (shape.rank() == 0) {
      return OptionalInt.empty();
    }
    boolean counts =
        !(shape.dim(0) instanceof Dim.Fixed(long size))
            || (fixed.isPresent() && size == fixed.getAsInt());
    return counts ? OptionalInt.of(0) : OptionalInt.empty();
  }

  private static boolean isFree(Map<String, Shape> inputs, Optional<BatchSymbol> symbol) {
    return symbol.isPresent()
        || inputs.values().stream()
            .anyMatch(shape -> shape.rank() > 0 && !(shape.dim(0) instanceof Dim.Fixed));
  }

  private static OptionalInt fixedBatch(Map<String, Shape> inputs) {
    Optional<Shape> first =
        inputs.values().stream()
            .filter(shape -> shape.rank() > 1)
            .findFirst()
            .or(() -> inputs.values().stream().filter(shape -> shape.rank() > 0).findFirst());
    return first.isPresent()
        ? OptionalInt.of((int) Math.min(first.get().size(0), Integer.MAX_VALUE))
        : OptionalInt.empty();
  }

  private static Optional<BatchSymbol> find(Map<String, Shape> inputs) {
    Map<String, BatchSymbol> symbols = new LinkedHashMap<>();
    inputs.forEach((input, shape) -> {
      for (int axis = 0; axis < shape.rank(); axis++) {
        if (shape.dim(axis) instanceof Dim.Symbolic(String name)) {
          symbols
              .computeIfAbsent(
                  name, _ -> new BatchSymbol(name, new LinkedHashMap<>(), new LinkedHashSet<>()))
              .add(input, shape, axis);
        }
      }
    });
    // The first of equals: max would give the last.
    return symbols.values().stream()
        .filter(BatchSymbol::canBeBatch)
        .min(
            Comparator.comparing(BatchSymbol::isCalledBatch)
                .thenComparingInt(symbol -> symbol.axes.size())
                .thenComparingLong(BatchSymbol::timesFirst)
                .reversed());
  }

  private void add(String input, Shape shape, int axis) {
    if (axes.putIfAbsent(input, axis) == null && shape.dim(0) instanceof Dim.Fixed(long size)) {
      leading.add(size);
    }
  }

  /// Inputs of equal leading size most likely share that as their batch, and a length at another
  /// axis.
  private boolean canBeBatch() {
    return isCalledBatch() || timesFirst() > 0 || leading.size() > 1;
  }

  static boolean saysBatch(String name) {
    return CALLED_BATCH.matcher(name).matches();
  }

  private boolean isCalledBatch() {
    return saysBatch(name);
  }

  private long timesFirst() {
    return axes.values().stream().filter(axis -> axis == 0).count();
  }
}
