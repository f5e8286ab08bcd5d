// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.sparse;

import dev.quench.compress.prune.structure.PruningException;
import dev.quench.graph.Graph;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// The weights of a layer as columns, one for each index of the axis that the layer sums over, and
/// the order in which the columns are grouped. Rows are the weights of one output and one place of
/// the kernel.
final class GroupedWeights {
  private final String name;
  private final Value weights;
  private final int axis;
  private final SparsityPattern pattern;
  private final float[][] columns;
  private final int[] order;
  private final double[] kept;
  private final double total;
  private final double keptAtFirst;
  private final Map<Integer, Double> touched = new LinkedHashMap<>();
  private int[] lastFirst = {};
  private int[] lastSecond = {};

  /// @param axis of the weights, whose size is a multiple of the pattern's
  /// @throws PruningException if weights are not finite
  GroupedWeights(String name, Value weights, int axis, SparsityPattern pattern) {
    this.name = name;
    this.weights = weights;
    this.axis = axis;
    this.pattern = pattern;
    Tensor tensor = weights.initializer().orElseThrow();
    int size = Math.toIntExact(tensor.shape().size(axis));
    int inner = inner(tensor, axis);
    int outer = Math.toIntExact(tensor.elements() / size / inner);
    columns = new float[size][outer * inner];
    double sum = 0;
    for (int i = 0; i < tensor.elements(); i++) {
      float magnitude = (float) Math.abs(tensor.doubleAt(i));
      if (!Float.isFinite(magnitude)) {
        throw new PruningException(
            "the weights of layer '%s' hold NaN or infinity, so they cannot be ranked; train it anew or mend the file"
                .formatted(name));
      }
      sum += magnitude;
      columns[i / inner % size][i / inner / size * inner + i % inner] = magnitude;
    }
    total = sum;
    order = new int[size];
    Arrays.setAll(order, i -> i);
    kept = new double[size / pattern.of()];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = keptOf(i);
    }
    keptAtFirst = kept();
  }

  String name() {
    return name;
  }

  Value weights() {
    return weights;
  }

  int axis() {
    return axis;
  }

  /// The share of all magnitudes that stays in the order of the model.
  double shareAtFirst() {
    return total == 0 ? 1 : keptAtFirst / total;
  }

  /// The share of all magnitudes that stays in the present order.
  double share() {
    return total == 0 ? 1 : kept() / total;
  }

  private double kept() {
    return Arrays.stream(kept).sum();
  }

  /// Lets columns change places.
  ///
  /// @param first places in the axis
  /// @param second as many others
  /// @return what the share gains
  double exchange(int[] first, int[] second) {
    lastFirst = first;
    lastSecond = second;
    touched.clear();
    swap(first, second);
    for (int i = 0; i < first.length; i++) {
      int one = first[i] / pattern.of();
      int other = second[i] / pattern.of();
      if (one != other) {
        touched.put(one, kept[one]);
        touched.put(other, kept[other]);
      }
    }
    double gain = 0;
    for (Map.Entry<Integer, Double> each : touched.entrySet()) {
      kept[each.getKey()] = keptOf(each.getKey());
      gain += kept[each.getKey()] - each.getValue();
    }
    return total == 0 ? 0 : gain / total;
  }

  /// Takes the last exchange back.
  void undo() {
    swap(lastFirst, lastSecond);
    touched.forEach((number, before) -> kept[number] = before);
  }

  /// Weights that the last exchange looked at.
  long lastWork() {
    return 1 + (long) touched.size() * pattern.of() * columns[0].length;
  }

  /// Whether less stays than in the order of the model.
  boolean isWorseThanAtFirst() {
    return !touched.isEmpty() && kept() < keptAtFirst;
  }

  private void swap(int[] first, int[] second) {
    for (int i = 0; i < first.length; i++) {
      int column = order[first[i]];
      order[first[i]] = order[second[i]];
      order[second[i]] = column;
    }
  }

  private double keptOf(int groupNumber) {
    int from = groupNumber * pattern.of();
    float[][] members = new float[pattern.of()][];
    for (int i = 0; i < members.length; i++) {
      members[i] = columns[order[from + i]];
    }
    return pattern.largest(members);
  }

  /// Sets to zero what does not stay, in the order that the graph now has.
  ///
  /// @return the number of weights that are zero
  static long mask(Graph graph, Value weights, int axis, SparsityPattern pattern) {
    Tensor tensor = weights.initializer().orElseThrow();
    DataType type = tensor.dataType();
    int width = type.bits() / 8;
    byte[] bytes = tensor.bytes().toArray(ValueLayout.JAVA_BYTE);
    int size = Math.toIntExact(tensor.shape().size(axis));
    int inner = inner(tensor, axis);
    int rows = Math.toIntExact(tensor.elements() / size);
    float[] group = new float[pattern.of()];
    long zeros = 0;
    for (int row = 0; row < rows; row++) {
      for (int from = 0; from < size; from += group.length) {
        int start = (row / inner * size + from) * inner + row % inner;
        for (int i = 0; i < group.length; i++) {
          group[i] = (float) Math.abs(tensor.doubleAt(start + (long) i * inner));
        }
        boolean[] chosen = pattern.choose(group);
        for (int i = 0; i < group.length; i++) {
          if (!chosen[i]) {
            int at = (start + i * inner) * width;
            Arrays.fill(bytes, at, at + width, (byte) 0);
          }
          zeros += !chosen[i] || group[i] == 0 ? 1 : 0;
        }
      }
    }
    graph.setInitializer(weights, Tensor.of(type, tensor.shape(), MemorySegment.ofArray(bytes)));
    return zeros;
  }

  private static int inner(Tensor tensor, int axis) {
    long inner = 1;
    for (int i = axis + 1; i < tensor.shape().rank(); i++) {
      inner *= tensor.shape().size(i);
    }
    return Math.toIntExact(inner);
  }
}
