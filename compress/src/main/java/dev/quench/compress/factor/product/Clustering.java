// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor.product;

import java.util.Arrays;
import java.util.SplittableRandom;

/// k-means with seeds by k-means++ (Arthur, Vassilvitskii, SODA 2007). Deterministic.
final class Clustering {
  private static final int ROUNDS = 25;

  private final double[][] points;
  private final double[][] words;
  private final int[] nearest;
  private final double[] distances;

  /// @param points of one length, at least one; not modified
  /// @param count of words; those beyond the number of points repeat a point
  Clustering(double[][] points, int count, long seed) {
    this.points = points;
    this.words = new double[count][];
    this.nearest = new int[points.length];
    this.distances = new double[points.length];
    seed(new SplittableRandom(seed));
    boolean moved = assign();
    for (int round = 0; round < ROUNDS && moved; round++) {
      average();
      moved = assign();
    }
  }

  /// Means of the clusters.
  double[][] words() {
    return words;
  }

  /// The word of each point.
  int[] nearest() {
    return nearest;
  }

  private void seed(SplittableRandom random) {
    Arrays.fill(distances, Double.MAX_VALUE);
    int chosen = random.nextInt(points.length);
    for (int k = 0; k < words.length; k++) {
      words[k] = points[chosen].clone();
      double sum = 0;
      for (int i = 0; i < points.length; i++) {
        distances[i] = Math.min(distances[i], square(points[i], words[k]));
        sum += distances[i];
      }
      double left = random.nextDouble() * sum;
      chosen = points.length - 1;
      for (int i = 0; i < points.length; i++) {
        left -= distances[i];
        if (left < 0) {
          chosen = i;
          break;
        }
      }
    }
  }

  private boolean assign() {
    boolean moved = false;
    for (int i = 0; i < points.length; i++) {
      int best = 0;
      double least = Double.MAX_VALUE;
      for (int k = 0; k < words.length; k++) {
        double distance = square(points[i], words[k]);
        if (distance < least) {
          least = distance;
          best = k;
        }
      }
      moved |= nearest[i] != best;
      nearest[i] = best;
      distances[i] = least;
    }
    return moved;
  }

  /// An empty cluster takes the point that is farthest from its word.
  private void average() {
    int[] counts = new int[words.length];
    double[][] sums = new double[words.length][points[0].length];
    for (int i = 0; i < points.length; i++) {
      counts[nearest[i]]++;
      for (int j = 0; j < points[i].length; j++) {
        sums[nearest[i]][j] += points[i][j];
      }
    }
    for (int k = 0; k < words.length; k++) {
      if (counts[k] == 0) {
        int farthest = 0;
        for (int i = 1; i < points.length; i++) {
          farthest = distances[i] > distances[farthest] ? i : farthest;
        }
        words[k] = points[farthest].clone();
        distances[farthest] = 0;
      } else {
        for (int j = 0; j < sums[k].length; j++) {
          words[k][j] = sums[k][j] / counts[k];
        }
      }
    }
  }

  private static double square(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      double difference = a[j] - b[j];
      sum += difference * difference;
    }
    return sum;
  }
}
