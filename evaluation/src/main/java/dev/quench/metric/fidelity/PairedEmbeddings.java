// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.fidelity;

import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import java.util.List;
import java.util.TreeMap;

/// The embeddings of the first samples of a data set, by number, whatever the order in which they
/// are added. Not thread-safe.
final class PairedEmbeddings {
  private final int most;
  private final TreeMap<Long, Pair> pairs = new TreeMap<>();

  private static final class Pair {
    private final double[] expected;
    private final double[] actual;

    Pair(double[] expected, double[] actual) {
      this.expected = expected;
      this.actual = actual;
    }
  }

  /// @param most samples to keep: those with the lowest numbers
  PairedEmbeddings(int most) {
    this.most = most;
  }

  /// @param expected of the reference; kept, not copied
  /// @param actual of the model; kept, not copied
  void add(long sample, double[] expected, double[] actual) {
    if (pairs.size() == most && sample > pairs.lastKey()) {
      return;
    }
    if (pairs.put(sample, new Pair(expected, actual)) != null) {
      throw new IllegalArgumentException(
          "embedding-similarity: sample %d is in both parts; merge different parts of the data"
              .formatted(sample));
    }
    if (pairs.size() > most) {
      pairs.pollLastEntry();
    }
  }

  int size() {
    return pairs.size();
  }

  /// In the order of the samples.
  List<double[]> expected() {
    return pairs.values().stream().map(pair -> pair.expected).toList();
  }

  /// In the order of the samples.
  List<double[]> actual() {
    return pairs.values().stream().map(pair -> pair.actual).toList();
  }

  void writeTo(StateWriter out) {
    out.integer(pairs.size());
    pairs.forEach((sample, pair) -> {
      out.number(sample);
      write(pair.expected, out);
      write(pair.actual, out);
    });
  }

  private static void write(double[] values, StateWriter out) {
    out.integer(values.length);
    for (double value : values) {
      out.real(value);
    }
  }

  /// Adds what [#writeTo] wrote.
  void addFrom(StateReader in) {
    int size = in.size(Long.BYTES + 2 * Integer.BYTES);
    for (int i = 0; i < size; i++) {
      add(in.count(), read(in), read(in));
    }
  }

  private static double[] read(StateReader in) {
    double[] values = new double[in.size(Double.BYTES)];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.real();
    }
    return values;
  }
}
