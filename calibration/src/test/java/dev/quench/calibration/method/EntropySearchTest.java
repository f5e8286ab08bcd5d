// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EntropySearchTest {
  /// The divergence straight from its definition, bin by bin.
  private static double naive(long[] counts, int bins, int kept) {
    double[] p = new double[kept];
    double[] q = new double[kept];
    for (int i = 0; i < bins; i++) {
      p[Math.min(i, kept - 1)] += counts[i];
    }
    for (int bucket = 0; bucket < 128; bucket++) {
      int start = bucket * kept / 128;
      int end = (bucket + 1) * kept / 128;
      double mass = 0;
      int filled = 0;
      for (int i = start; i < end; i++) {
        mass += counts[i];
        filled += p[i] > 0 ? 1 : 0;
      }
      for (int i = start; i < end; i++) {
        q[i] = p[i] > 0 ? mass / filled : 0;
      }
    }
    double sumP = 0;
    double sumQ = 0;
    for (int i = 0; i < kept; i++) {
      sumP += p[i];
      sumQ += q[i];
    }
    double divergence = 0;
    for (int i = 0; i < kept; i++) {
      if (p[i] > 0) {
        if (q[i] == 0) {
          return Double.POSITIVE_INFINITY;
        }
        divergence += p[i] / sumP * Math.log(p[i] / sumP / (q[i] / sumQ));
      }
    }
    return divergence;
  }

  /// Gaussian, exponential, sparse or flat counts, the last bin never empty, some with an outlier
  /// far away.
  static long[] anyCounts(SplittableRandom random, int bins) {
    long[] counts = new long[4096];
    int kind = random.nextInt(4);
    double scale = bins * random.nextDouble(0.05, 0.6);
    int draws = random.nextInt(100, 100_000);
    for (int i = 0; i < draws; i++) {
      double value =
          switch (kind) {
            case 0 -> Math.abs(random.nextGaussian()) * scale / 2;
            case 1 -> random.nextExponential() * scale / 3;
            case 2 -> (i % 40) * (bins / 40.0);
            default -> random.nextDouble(bins);
          };
      if (value < bins) {
        counts[(int) value]++;
      }
    }
    counts[bins - 1]++;
    return counts;
  }

  @Test
  void agreesWithTheDefinition() {
    for (int seed = 0; seed < 24; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int bins = random.nextInt(2049, 4097);
      long[] counts = anyCounts(random, bins);
      EntropySearch search = new EntropySearch(counts, bins);
      for (int kept = 128; kept <= bins; kept += kept % 128 == 0 ? 1 : random.nextInt(1, 90)) {
        double expected = naive(counts, bins, kept);
        double actual = search.divergence(kept);
        if (Double.isInfinite(expected)) {
          assertThat(actual).as("seed %d, kept %d", seed, kept).isInfinite();
        } else {
          assertThat(actual)
              .as("seed %d, kept %d", seed, kept)
              .isCloseTo(expected, within(1e-9 * expected + 1e-12));
        }
      }
    }
  }

  @Test
  void picksTheFirstSmallestDivergence() {
    for (int seed = 100; seed < 104; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int bins = random.nextInt(2049, 2600);
      long[] counts = anyCounts(random, bins);
      double smallest = Double.POSITIVE_INFINITY;
      int best = bins;
      long total = Arrays.stream(counts, 0, bins).sum();
      for (int kept = Math.max(128, (bins + 15) / 16); kept <= bins; kept++) {
        if (Arrays.stream(counts, kept, bins).sum() > total / 1000) {
          continue;
        }
        double divergence = naive(counts, bins, kept);
        if (divergence < smallest - 1e-12) {
          smallest = divergence;
          best = kept;
        }
      }

      assertThat(new EntropySearch(counts, bins).keptBins()).as("seed " + seed).isEqualTo(best);
    }
  }

  @Test
  void neverCutsOffEverything() {
    long[] counts = new long[4096];
    counts[3000] = 17;

    assertThat(new EntropySearch(counts, 3001).keptBins()).isEqualTo(3001);
  }

  @Test
  void cutsOffALoneOutlier() {
    SplittableRandom random = new SplittableRandom(5);
    long[] counts = new long[4096];
    for (int i = 0; i < 100_000; i++) {
      counts[(int) Math.min(999, Math.abs(random.nextGaussian()) * 250)]++;
    }
    counts[4000] = 1;

    assertThat(new EntropySearch(counts, 4001).keptBins()).isBetween(500, 1100);
  }

  @Test
  void searchesFromASixteenthOfTheBins() {
    assertThat(firstCandidate(2048, 1)).isEqualTo(128);
    assertThat(firstCandidate(2049, 1)).isEqualTo(129);
    assertThat(firstCandidate(4096, 1)).isEqualTo(256);
  }

  @Test
  void cutsOffNoMoreThanAThousandth() {
    assertThat(firstCandidate(2048, 1_000)).isEqualTo(128);
    assertThat(firstCandidate(2048, 1_002)).isEqualTo(2048);
  }

  @Test
  void keepsTheForegroundOfImagesWithAPlainBackground() {
    long[] counts = new long[2048];
    counts[820] = 500_000;
    for (int level = 0; level < 256; level++) {
      counts[level * 8] += 2_000;
    }
    assertThat(new EntropySearch(counts, 2041).keptBins()).isGreaterThan(2_000);
  }

  /// With a million values in the first bin and `outliers` in the last.
  private static int firstCandidate(int bins, long outliers) {
    long[] counts = new long[bins];
    counts[0] = 1_000_000;
    counts[bins - 1] = outliers;
    return new EntropySearch(counts, bins).firstCandidate();
  }
}
