// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.sparse;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Which channels change places so that the groups of the layers behind lose less.
///
/// Greedy: pairs of channels in random order change places for good where the shares of magnitude
/// that the layers keep gain in sum and none falls below what it keeps in the order of the model.
/// Ends when a pass over all pairs finds nothing, or when the work is spent. Seeded: the same
/// weights give the same order on every machine.
///
/// After J. Pool, C. Yu, Channel permutations for N:M sparsity, NeurIPS 2021, which looks at pairs
/// of groups where this looks at pairs of channels.
final class PermutationSearch {
  private static final double LEAST_GAIN = 1e-9;

  /// The columns of one layer that belong to each channel of a set.
  record Reader(GroupedWeights weights, List<int[]> places) {
    Reader {
      places = List.copyOf(places);
    }
  }

  private final List<Reader> readers;
  private final int[] channels;
  private final SplittableRandom random;
  private long work;

  /// @param count of channels
  /// @param work weights that may be looked at
  PermutationSearch(List<Reader> readers, int count, long seed, long work) {
    this.readers = List.copyOf(readers);
    this.channels = new int[count];
    Arrays.setAll(channels, i -> i);
    this.random = new SplittableRandom(seed);
    this.work = work;
  }

  /// Which channel comes to the place of each.
  int[] run() {
    int[] visited = channels.clone();
    boolean gained = true;
    while (gained && work > 0) {
      gained = false;
      shuffle(visited);
      for (int i = 0; i < visited.length && work > 0; i++) {
        for (int j = i + 1; j < visited.length && work > 0; j++) {
          gained |= exchange(visited[i], visited[j]);
        }
      }
    }
    return channels.clone();
  }

  private void shuffle(int[] order) {
    for (int i = order.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int each = order[i];
      order[i] = order[other];
      order[other] = each;
    }
  }

  private boolean exchange(int a, int b) {
    double gain = 0;
    boolean worse = false;
    for (Reader reader : readers) {
      gain += reader.weights.exchange(reader.places.get(a), reader.places.get(b));
      work -= reader.weights.lastWork();
      worse |= reader.weights.isWorseThanAtFirst();
    }
    if (worse || gain <= LEAST_GAIN) {
      readers.forEach(reader -> reader.weights.undo());
      return false;
    }
    int channel = channels[a];
    channels[a] = channels[b];
    channels[b] = channel;
    return true;
  }
}
