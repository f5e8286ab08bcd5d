// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import dev.quench.compress.prune.structure.LayerAxis;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.cost.ModelCost;
import dev.quench.cost.NodeCost;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a model costs while classes are taken out: a sum of products of sizes of axes. Mutable.
final class CostMeasure {
  private record Axis(Value value, int number) {}

  private record Share(int axis, int count) {}

  private final Structure structure;
  private final Map<Axis, Integer> numbers = new LinkedHashMap<>();
  private final List<double[]> sizes = new ArrayList<>();
  private final List<int[]> axesOfTerm = new ArrayList<>();
  private final List<Double> factors = new ArrayList<>();
  private final List<Set<Integer>> termsOfAxis = new ArrayList<>();
  private final Map<Integer, List<Share>> shares = new HashMap<>();
  private double total;

  private CostMeasure(Structure structure) {
    this.structure = structure;
  }

  /// @param cost of the structure's model, at some sizes of its free dimensions
  static CostMeasure of(Structure structure, Budget budget, ModelCost cost) {
    CostMeasure measure = new CostMeasure(structure);
    Model model = structure.model();
    switch (budget) {
      case MACS -> {
        List<Node> nodes = model.graph().allNodes();
        for (int i = 0; i < nodes.size(); i++) {
          NodeCost node = cost.nodeCosts().get(i);
          if (node.macs() > 0) {
            measure.add((double) node.macs(), factors(nodes.get(i)));
          }
        }
      }
      case PARAMETERS -> {
        for (Value value : model.graph().initializers()) {
          Tensor tensor = value.initializer().orElse(null);
          if (tensor != null && tensor.dataType().isFloating() && tensor.shape().rank() > 0) {
            measure.add((double) tensor.elements(), axes(value, tensor));
          }
        }
      }
      case BYTES -> {
        for (Value value : model.graph().initializers()) {
          Tensor tensor = value.initializer().orElse(null);
          if (tensor != null && tensor.dataType().bits() > 0 && tensor.shape().rank() > 0) {
            measure.add(tensor.elements() * tensor.dataType().bits() / 8.0, axes(value, tensor));
          }
        }
      }
      case CHANNELS -> {
        Set<Axis> axes = new HashSet<>();
        for (LayerAxis layer : structure.layers()) {
          Axis axis = new Axis(layer.weights(), layer.axis());
          boolean free =
              structure.isTracked(axis.value(), axis.number())
                  && Arrays.stream(structure.classes(axis.value(), axis.number()))
                      .anyMatch(each -> structure.frozen(each).isEmpty());
          if (free && axes.add(axis)) {
            measure.add(structure.classes(axis.value(), axis.number()).length, List.of(axis));
          }
        }
      }
    }
    return measure;
  }

  private static List<Axis> axes(Value value, Tensor tensor) {
    List<Axis> axes = new ArrayList<>();
    for (int axis = 0; axis < tensor.shape().rank(); axis++) {
      axes.add(new Axis(value, axis));
    }
    return axes;
  }

  /// The axes whose sizes a node's multiply-accumulates are proportional to.
  private static List<Axis> factors(Node node) {
    List<Axis> axes = new ArrayList<>();
    switch (node.opType()) {
      case "Conv", "ConvTranspose" -> {
        axes.add(new Axis(node.input(1), 0));
        axes.add(new Axis(node.input(1), 1));
      }
      case "Gemm" -> {
        axes.add(new Axis(node.output(0), 0));
        axes.add(new Axis(node.output(0), 1));
        axes.add(new Axis(node.input(0), node.intAttribute("transA", 0) == 0 ? 1 : 0));
      }
      case "MatMul" -> {
        int rank = node.output(0).shape().map(shape -> shape.rank()).orElse(0);
        for (int axis = 0; axis < rank; axis++) {
          axes.add(new Axis(node.output(0), axis));
        }
        int last = node.input(0).shape().map(shape -> shape.rank()).orElse(0) - 1;
        if (last >= 0) {
          axes.add(new Axis(node.input(0), last));
        }
      }
      default -> {
        // What cannot be cut is constant.
      }
    }
    return axes;
  }

  private void add(double value, List<Axis> axes) {
    List<Integer> used = new ArrayList<>();
    double factor = value;
    for (Axis axis : axes) {
      if (structure.isTracked(axis.value(), axis.number())) {
        int number = number(axis);
        factor /= sizes.get(number)[0];
        used.add(number);
      }
    }
    int term = factors.size();
    factors.add(factor);
    axesOfTerm.add(used.stream().mapToInt(Integer::intValue).toArray());
    used.forEach(axis -> termsOfAxis.get(axis).add(term));
    total += value;
  }

  private int number(Axis axis) {
    Integer known = numbers.get(axis);
    if (known != null) {
      return known;
    }
    int number = numbers.size();
    numbers.put(axis, number);
    termsOfAxis.add(new HashSet<>());
    int[] classes = structure.classes(axis.value(), axis.number());
    sizes.add(new double[] {Math.max(1, classes.length)});
    Map<Integer, Integer> counts = new HashMap<>();
    for (int each : classes) {
      counts.merge(each, 1, Integer::sum);
    }
    counts.forEach((each, count) ->
        shares.computeIfAbsent(each, _ -> new ArrayList<>()).add(new Share(number, count)));
    return number;
  }

  double total() {
    return total;
  }

  void remove(int indexClass) {
    List<Share> found = shares.getOrDefault(indexClass, List.of());
    Set<Integer> terms = new HashSet<>();
    found.forEach(share -> terms.addAll(termsOfAxis.get(share.axis())));
    terms.forEach(term -> total -= value(term));
    found.forEach(share -> sizes.get(share.axis())[0] -= share.count());
    terms.forEach(term -> total += value(term));
  }

  /// The parts of the total, by what they depend on; those that depend on the same groups are one.
  ///
  /// @param groups before anything is removed
  List<CostTerm> terms(List<ChannelGroup> groups) {
    List<double[]> perClass = groups.stream().map(this::channelsOfClass).toList();
    Map<List<Integer>, List<Integer>> byGroups = new LinkedHashMap<>();
    for (int term = 0; term < factors.size(); term++) {
      List<Integer> found = new ArrayList<>();
      for (int group = 0; group < groups.size(); group++) {
        double[] channels = perClass.get(group);
        if (Arrays.stream(axesOfTerm.get(term)).anyMatch(axis -> channels[axis] > 0)) {
          found.add(group);
        }
      }
      byGroups.computeIfAbsent(found, _ -> new ArrayList<>()).add(term);
    }
    List<CostTerm> terms = new ArrayList<>();
    byGroups.forEach((found, own) ->
        terms.add(
            new CostTerm(
                found,
                kept ->
                    own.stream().mapToDouble(t -> value(t, found, kept, groups, perClass)).sum())));
    return terms;
  }

  /// How many indices of each axis a class of the group has, on average.
  private double[] channelsOfClass(ChannelGroup group) {
    double[] channels = new double[sizes.size()];
    for (int each : group.classes()) {
      for (Share share : shares.getOrDefault(each, List.of())) {
        channels[share.axis()] += (double) share.count() / group.classes().size();
      }
    }
    return channels;
  }

  private double value(
      int term,
      List<Integer> found,
      int[] kept,
      List<ChannelGroup> groups,
      List<double[]> perClass) {
    double value = factors.get(term);
    for (int axis : axesOfTerm.get(term)) {
      double size = sizes.get(axis)[0];
      for (int i = 0; i < kept.length; i++) {
        int group = found.get(i);
        size -= perClass.get(group)[axis] * (groups.get(group).classes().size() - kept[i]);
      }
      value *= size;
    }
    return value;
  }

  private double value(int term) {
    double value = factors.get(term);
    for (int axis : axesOfTerm.get(term)) {
      value *= sizes.get(axis)[0];
    }
    return value;
  }
}
