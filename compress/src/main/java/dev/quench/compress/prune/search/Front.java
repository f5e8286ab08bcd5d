// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Choices of which none is both cheaper and better than another, from the cheapest to the best.
/// Immutable.
final class Front {
  /// Sums of more points are thinned to as many equal intervals of cost, the best of each.
  private static final int INTERVALS = 2048;

  private static final long EXACT = 1L << 14;

  /// A choice for some groups.
  ///
  /// @param group whose level this is; −1 for `left` and `right` together, or for nothing
  record Point(
      double cost, double loss, int group, int level, @Nullable Point left, @Nullable Point right) {
    static Point of(double cost, double loss, int group, int level) {
      return new Point(cost, loss, group, level, null, null);
    }

    Point plus(Point other) {
      return new Point(cost + other.cost, loss + other.loss, -1, 0, this, other);
    }

    /// Writes the level of each group.
    void fill(int[] levels) {
      if (group >= 0) {
        levels[group] = level;
      }
      if (left != null) {
        left.fill(levels);
      }
      if (right != null) {
        right.fill(levels);
      }
    }
  }

  private static final Comparator<Point> ORDER =
      Comparator.comparingDouble(Point::cost).thenComparingDouble(Point::loss);

  /// Free of cost and loss.
  static final Front ZERO = new Front(List.of(Point.of(0, 0, -1, 0)));

  private final List<Point> points;

  private Front(List<Point> points) {
    this.points = points;
  }

  static Front of(Point point) {
    return new Front(List.of(point));
  }

  /// The best of all, by cost.
  static Front union(List<Front> fronts) {
    return best(fronts.stream().flatMap(front -> front.points.stream()));
  }

  private static Front best(Stream<Point> all) {
    List<Point> kept = new ArrayList<>();
    double least = Double.POSITIVE_INFINITY;
    for (Point each : (Iterable<Point>) all.sorted(ORDER)::iterator) {
      if (each.loss < least) {
        least = each.loss;
        kept.add(each);
      }
    }
    return new Front(kept);
  }

  /// All sums of a point of each, of a cost of at most `most`.
  Front plus(Front other, double most) {
    if ((long) points.size() * other.points.size() <= EXACT) {
      return best(
          points.stream()
              .flatMap(a -> other.points.stream().map(a::plus))
              .filter(sum -> sum.cost <= most));
    }
    double from = points.getFirst().cost + other.points.getFirst().cost;
    double to = Math.min(most, points.getLast().cost + other.points.getLast().cost);
    double width = Math.max((to - from) / INTERVALS, Double.MIN_NORMAL);
    @Nullable Point[] best = new Point[INTERVALS + 2];
    for (Point a : points) {
      for (Point b : other.points) {
        double cost = a.cost + b.cost;
        if (cost > most) {
          break;
        }
        // Interval 0 holds the cheapest alone.
        int at = cost <= from ? 0 : 1 + (int) Math.min(INTERVALS, (cost - from) / width);
        Point known = best[at];
        if (known == null || a.loss + b.loss < known.loss) {
          best[at] = a.plus(b);
        }
      }
    }
    return best(Arrays.stream(best).filter(Objects::nonNull).map(Objects::requireNonNull));
  }

  /// By ascending cost and descending loss.
  List<Point> points() {
    return points;
  }
}
