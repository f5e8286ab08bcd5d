// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.classification;

import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// True and predicted classes of runs of consecutive samples, ordered by the number of the sample,
/// whatever the order in which runs are added. Not thread-safe.
final class PredictedRuns {
  private final long first;

  /// Label and prediction in turn, of the samples added here.
  private int[] own = new int[64];

  private int length;

  /// Runs of other parts, by the number of their first sample; neighbours are joined.
  private final NavigableMap<Long, int[]> others = new TreeMap<>();

  /// @param first number of the first sample that will be added, from 0
  PredictedRuns(long first) {
    this.first = first;
  }

  /// Adds the next sample.
  void add(int label, int predicted) {
    if (length == own.length) {
      own = Arrays.copyOf(own, Math.multiplyExact(own.length, 2));
    }
    own[length++] = label;
    own[length++] = predicted;
  }

  /// All samples, in the order of their numbers.
  ///
  /// @param classes of the model
  ClassPredictions predictions(int classes) {
    NavigableMap<Long, int[]> runs = runs();
    int samples = runs.values().stream().mapToInt(run -> run.length / 2).sum();
    int[] labels = new int[samples];
    int[] predicted = new int[samples];
    int at = 0;
    for (int[] run : runs.values()) {
      for (int i = 0; i < run.length; i += 2) {
        labels[at] = run[i];
        predicted[at++] = run[i + 1];
      }
    }
    return ClassPredictions.of(classes, labels, predicted);
  }

  private NavigableMap<Long, int[]> runs() {
    NavigableMap<Long, int[]> runs = new TreeMap<>(others);
    if (length > 0) {
      put(runs, first, Arrays.copyOf(own, length));
    }
    return runs;
  }

  /// Joins the run with its neighbours.
  private static void put(NavigableMap<Long, int[]> runs, long from, int[] run) {
    long to = from + run.length / 2;
    Map.Entry<Long, int[]> before = runs.floorEntry(from);
    Long after = runs.ceilingKey(from);
    if ((before != null && end(before) > from) || (after != null && to > after)) {
      throw new IllegalArgumentException(
          "top-k: samples %d to %d are partly in both parts; merge different parts of the data"
              .formatted(from, to - 1));
    }
    long start = from;
    int[] joined = run;
    if (before != null && end(before) == from) {
      start = before.getKey();
      joined = joined(before.getValue(), joined);
    }
    int[] next = runs.remove(to);
    if (next != null) {
      joined = joined(joined, next);
    }
    runs.put(start, joined);
  }

  private static long end(Map.Entry<Long, int[]> run) {
    return run.getKey() + run.getValue().length / 2;
  }

  private static int[] joined(int[] one, int[] other) {
    int[] joined = Arrays.copyOf(one, Math.addExact(one.length, other.length));
    System.arraycopy(other, 0, joined, one.length, other.length);
    return joined;
  }

  void writeTo(StateWriter out) {
    NavigableMap<Long, int[]> runs = runs();
    out.integer(runs.size());
    runs.forEach((from, run) -> {
      out.number(from).integer(run.length);
      for (int each : run) {
        out.integer(each);
      }
    });
  }

  /// Adds what [#writeTo] wrote.
  void addFrom(StateReader in) {
    int count = in.size(Long.BYTES + Integer.BYTES);
    for (int i = 0; i < count; i++) {
      long from = in.count();
      int[] run = new int[in.size(Integer.BYTES)];
      for (int j = 0; j < run.length; j++) {
        run[j] = in.integer();
      }
      if (run.length % 2 != 0) {
        throw in.damaged("a label has no prediction");
      }
      if (run.length > 0) {
        put(others, from, run);
      }
    }
    runs(); // refuses samples that were added here too
  }
}
