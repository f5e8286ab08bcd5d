// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.detection;

import dev.quench.run.dataset.Box;
import dev.quench.run.dataset.LabelledBox;
import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/// Average precision of one class and one range of object sizes over many images, at the ten
/// overlaps 0.50, 0.55, … 0.95, read at 101 recalls. For one thread.
///
/// Follows COCO's evaluation: detections of an image are matched in descending order of score, each
/// to the unmatched object that it overlaps most. Objects outside the range and crowds do not
/// count, nor do detections matched to them, nor unmatched detections outside the range. A crowd
/// may match many detections; its overlap is the intersection divided by the area of the detection.
/// Source: T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", 2014, and
/// cocodataset.org, "Detection evaluation".
final class AveragePrecision {
  static final int OVERLAPS = 10;
  private static final int RECALLS = 101;
  private static final int MAX_DETECTIONS = 100;

  /// The objects that count, by area in square pixels, both ends inclusive.
  enum SizeRange {
    ALL(0, 1e10),
    SMALL(0, 32 * 32),
    MEDIUM(32 * 32, 96 * 96),
    LARGE(96 * 96, 1e10);

    private final double least;
    private final double most;

    SizeRange(double least, double most) {
      this.least = least;
      this.most = most;
    }

    boolean holds(double area) {
      return area >= least && area <= most;
    }
  }

  /// A detection and the outcome of its matching.
  ///
  /// @param sample number of its image
  /// @param rank among the detections of its image
  /// @param matched one bit per overlap
  /// @param ignored one bit per overlap
  private record Judged(double score, long sample, int rank, int matched, int ignored) {
    static final int BYTES = 2 * Long.BYTES + 3 * Integer.BYTES;
  }

  /// The highest score first; equal ones in the order of the data set, whatever the order in which
  /// parts of it were merged.
  private static final Comparator<Judged> BEST_FIRST =
      Comparator.comparingDouble(Judged::score)
          .reversed()
          .thenComparingLong(Judged::sample)
          .thenComparingInt(Judged::rank);

  private final SizeRange range;
  private final List<Judged> judged = new ArrayList<>();
  private long objects;

  AveragePrecision(SizeRange range) {
    this.range = range;
  }

  static double overlap(int index) {
    return 0.5 + 0.05 * index;
  }

  /// @param sample number of the image
  /// @param truths of the class in one image
  /// @param found of the class in the same image, in its pixels
  void add(long sample, List<LabelledBox> truths, List<Detection> found) {
    List<LabelledBox> ordered = new ArrayList<>(truths);
    ordered.sort(Comparator.comparing(this::isIgnored));
    List<Detection> best = new ArrayList<>(found);
    best.sort(Comparator.comparingDouble(Detection::score).reversed());
    best = best.subList(0, Math.min(best.size(), MAX_DETECTIONS));
    double[][] overlaps = new double[best.size()][ordered.size()];
    for (int d = 0; d < best.size(); d++) {
      for (int t = 0; t < ordered.size(); t++) {
        overlaps[d][t] = overlap(best.get(d).box(), ordered.get(t));
      }
    }
    int[] matched = new int[best.size()];
    int[] ignored = new int[best.size()];
    for (int index = 0; index < OVERLAPS; index++) {
      match(index, ordered, best, overlaps, matched, ignored);
    }
    for (int d = 0; d < best.size(); d++) {
      judged.add(new Judged(best.get(d).score(), sample, d, matched[d], ignored[d]));
    }
    objects += ordered.stream().filter(truth -> !isIgnored(truth)).count();
  }

  void writeTo(StateWriter out) {
    out.number(objects).integer(judged.size());
    for (Judged each : judged) {
      out.real(each.score()).number(each.sample()).integer(each.rank());
      out.integer(each.matched()).integer(each.ignored());
    }
  }

  /// Adds what [#writeTo] wrote.
  void addFrom(StateReader in) {
    objects += in.count();
    int size = in.size(Judged.BYTES);
    for (int i = 0; i < size; i++) {
      judged.add(new Judged(in.real(), in.count(), in.integer(), in.integer(), in.integer()));
    }
  }

  private boolean isIgnored(LabelledBox truth) {
    return truth.crowd() || !range.holds(truth.area());
  }

  private static double overlap(Box found, LabelledBox truth) {
    if (!truth.crowd()) {
      return found.iou(truth.box());
    }
    double area = found.area();
    return area == 0 ? 0 : found.intersection(truth.box()) / area;
  }

  private void match(
      int index,
      List<LabelledBox> truths,
      List<Detection> best,
      double[][] overlaps,
      int[] matched,
      int[] ignored) {
    int bit = 1 << index;
    boolean[] taken = new boolean[truths.size()];
    for (int d = 0; d < best.size(); d++) {
      double most = Math.min(overlap(index), 1 - 1e-10);
      int match = -1;
      for (int t = 0; t < truths.size(); t++) {
        if (taken[t] && !truths.get(t).crowd()) {
          continue;
        }
        // Ignored objects come last: a counted object takes precedence over them.
        if (match >= 0 && !isIgnored(truths.get(match)) && isIgnored(truths.get(t))) {
          break;
        }
        if (overlaps[d][t] >= most) {
          most = overlaps[d][t];
          match = t;
        }
      }
      if (match >= 0) {
        taken[match] = true;
        matched[d] |= bit;
        ignored[d] |= isIgnored(truths.get(match)) ? bit : 0;
      } else if (!range.holds(best.get(d).box().area())) {
        ignored[d] |= bit;
      }
    }
  }

  /// The mean of the precision at 101 recalls; empty without a counted object.
  ///
  /// @param index of the overlap, 0 for 0.50 to 9 for 0.95
  OptionalDouble average(int index) {
    if (objects == 0) {
      return OptionalDouble.empty();
    }
    double[] recalls = new double[judged.size()];
    double[] precisions = new double[judged.size()];
    int points = curve(index, recalls, precisions);
    for (int i = points - 2; i >= 0; i--) {
      precisions[i] = Math.max(precisions[i], precisions[i + 1]);
    }
    double sum = 0;
    int point = 0;
    for (int r = 0; r < RECALLS; r++) {
      double recall = r / (RECALLS - 1.0);
      while (point < points && recalls[point] < recall) {
        point++;
      }
      sum += point < points ? precisions[point] : 0;
    }
    return OptionalDouble.of(sum / RECALLS);
  }

  /// The share of objects found among the best 100 detections of each image; empty without a
  /// counted object.
  OptionalDouble recall(int index) {
    if (objects == 0) {
      return OptionalDouble.empty();
    }
    double[] recalls = new double[judged.size()];
    int points = curve(index, recalls, new double[judged.size()]);
    return OptionalDouble.of(points == 0 ? 0 : recalls[points - 1]);
  }

  private int curve(int index, double[] recalls, double[] precisions) {
    int bit = 1 << index;
    // Fast on sorted input.
    judged.sort(BEST_FIRST);
    long right = 0;
    long wrong = 0;
    int points = 0;
    for (Judged each : judged) {
      if ((each.ignored() & bit) != 0) {
        continue;
      }
      if ((each.matched() & bit) != 0) {
        right++;
      } else {
        wrong++;
      }
      recalls[points] = right / (double) objects;
      precisions[points++] = right / (double) (right + wrong);
    }
    return points;
  }
}
