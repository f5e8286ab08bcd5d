// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import dev.quench.compress.prune.PruningSpace;
import dev.quench.compress.prune.select.CostTerm;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What parts of a model take at several widths of their groups, and what whole models take, over
/// the time of the original.
///
/// A part of one or two groups is measured at all their widths; one of more, which concatenations
/// make, at widths that shrink together, and what lies between is interpolated by the mean share of
/// the widths. The time of a model is a · (sum of its parts) + b, where a and b are fitted to the
/// whole models: a call of a part alone has an overhead that parts of a model have not, and other
/// nodes take time too. Mutable, for one thread.
final class LatencyTable {
  private static final int MOST_TIED = 2;

  private final List<PruningSpace.Group> groups;
  private final List<PruningSpace.Part> parts;
  private final List<Map<List<Integer>, Double>> times = new ArrayList<>();
  private final Map<List<Integer>, Double> models = new LinkedHashMap<>();
  private double originalMillis;

  LatencyTable(List<PruningSpace.Group> groups, List<PruningSpace.Part> parts) {
    this.groups = List.copyOf(groups);
    this.parts = List.copyOf(parts);
    parts.forEach(_ -> times.add(new LinkedHashMap<>()));
  }

  List<PruningSpace.Part> parts() {
    return parts;
  }

  /// The widths that a part is to be measured at, in the order of its groups.
  List<List<Integer>> widths(int part) {
    List<Integer> tied = parts.get(part).groups();
    if (tied.size() > MOST_TIED) {
      int most = tied.stream().mapToInt(group -> choices(group).size()).max().orElseThrow();
      List<List<Integer>> together = new ArrayList<>();
      for (int step = 0; step < most; step++) {
        double share = most == 1 ? 0 : (double) step / (most - 1);
        List<Integer> widths = tied.stream().map(group -> choice(group, share)).toList();
        if (!together.contains(widths)) {
          together.add(widths);
        }
      }
      return together;
    }
    List<List<Integer>> product = List.of(List.of());
    for (int group : tied) {
      List<List<Integer>> longer = new ArrayList<>();
      for (List<Integer> start : product) {
        for (int width : choices(group)) {
          List<Integer> widths = new ArrayList<>(start);
          widths.add(width);
          longer.add(widths);
        }
      }
      product = longer;
    }
    return product;
  }

  /// Widths of all groups that shrink together, the widest first.
  List<List<Integer>> together() {
    int most = groups.stream().mapToInt(group -> group.widths().size()).max().orElse(1);
    List<List<Integer>> together = new ArrayList<>();
    for (int step = 0; step < most; step++) {
      double share = most == 1 ? 0 : (double) step / (most - 1);
      List<Integer> widths = new ArrayList<>();
      for (int group = 0; group < groups.size(); group++) {
        widths.add(choice(group, share));
      }
      together.add(widths);
    }
    return together;
  }

  private List<Integer> choices(int group) {
    return groups.get(group).widths();
  }

  private int choice(int group, double share) {
    List<Integer> choices = choices(group);
    return choices.get((int) Math.rint(share * (choices.size() - 1)));
  }

  Optional<Double> part(int part, List<Integer> widths) {
    return Optional.ofNullable(times.get(part).get(widths));
  }

  Optional<Double> model(List<Integer> widths) {
    return Optional.ofNullable(models.get(widths));
  }

  Map<List<Integer>, Double> ofPart(int part) {
    return times.get(part);
  }

  Map<List<Integer>, Double> models() {
    return models;
  }

  /// The least that the original took in any measurement, so on the machine at its quietest; 0
  /// before the first.
  double originalMillis() {
    return originalMillis;
  }

  /// What the original took.
  void seen(double millis) {
    originalMillis = originalMillis == 0 ? millis : Math.min(originalMillis, millis);
  }

  void putPart(int part, List<Integer> widths, double time) {
    times.get(part).put(List.copyOf(widths), time);
  }

  void putModel(List<Integer> widths, double time) {
    models.put(List.copyOf(widths), time);
  }

  /// The time of a model as a sum of parts, in milliseconds; b is a part that depends on nothing.
  ///
  /// @throws IllegalStateException if a time is missing
  List<CostTerm> terms() {
    Line line = line();
    List<CostTerm> terms = new ArrayList<>();
    double unit = originalMillis;
    terms.add(new CostTerm(List.of(), _ -> unit * line.offset));
    for (int i = 0; i < parts.size(); i++) {
      int part = i;
      List<Integer> tied = parts.get(i).groups();
      terms.add(
          new CostTerm(
              tied,
              kept -> {
                List<Integer> widths = new ArrayList<>();
                for (int each : kept) {
                  widths.add(each);
                }
                return unit * line.slope * time(part, widths);
              }));
    }
    return terms;
  }

  /// The largest relative difference of the sums of parts to the models measured.
  double worstFit() {
    Line line = line();
    return models.entrySet().stream()
        .mapToDouble(each ->
            Math.abs(line.offset + line.slope * sum(each.getKey()) - each.getValue())
                / each.getValue())
        .max()
        .orElse(0);
  }

  private double time(int part, List<Integer> widths) {
    Double exact = times.get(part).get(widths);
    if (exact != null) {
      return exact;
    }
    List<Integer> tied = parts.get(part).groups();
    double share = share(tied, widths);
    double above = Double.POSITIVE_INFINITY;
    double below = Double.NEGATIVE_INFINITY;
    double upper = Double.NaN;
    double lower = Double.NaN;
    for (Map.Entry<List<Integer>, Double> each : times.get(part).entrySet()) {
      double at = share(tied, each.getKey());
      if (at >= share && at < above) {
        above = at;
        upper = each.getValue();
      }
      if (at <= share && at > below) {
        below = at;
        lower = each.getValue();
      }
    }
    if (Double.isNaN(upper) && Double.isNaN(lower)) {
      throw new IllegalStateException(
          "part '%s' is not measured at widths %s".formatted(parts.get(part).name(), widths));
    }
    if (Double.isNaN(upper) || Double.isNaN(lower) || above == below) {
      return Double.isNaN(upper) ? lower : upper;
    }
    return lower + (upper - lower) * (share - below) / (above - below);
  }

  private double share(List<Integer> tied, List<Integer> widths) {
    double sum = 0;
    for (int i = 0; i < widths.size(); i++) {
      sum += (double) widths.get(i) / choices(tied.get(i)).getFirst();
    }
    return sum / widths.size();
  }

  private double sum(List<Integer> widths) {
    double sum = 0;
    for (int i = 0; i < parts.size(); i++) {
      sum += time(i, parts.get(i).groups().stream().map(widths::get).toList());
    }
    return sum;
  }

  private record Line(double slope, double offset) {}

  /// By least squares of relative errors; through 0 where that gives no rising line.
  private Line line() {
    double w = 0;
    double wx = 0;
    double wy = 0;
    double wxx = 0;
    double wxy = 0;
    for (Map.Entry<List<Integer>, Double> each : models.entrySet()) {
      double y = each.getValue();
      double x = sum(each.getKey());
      double weight = 1 / (y * y);
      w += weight;
      wx += weight * x;
      wy += weight * y;
      wxx += weight * x * x;
      wxy += weight * x * y;
    }
    double slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
    if (models.size() > 2 && slope > 0 && slope < Double.POSITIVE_INFINITY) {
      return new Line(slope, (wy - slope * wx) / w);
    }
    return new Line(wxx > 0 ? wxy / wxx : 1, 0);
  }
}
