// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Chooses some samples of a data set by a seed, spread over its classes.
///
/// Each class gives one sample, then as many more as its share of the data, rounded by largest
/// remainder; where there are fewer samples than classes, some classes give one. Within a class
/// every sample is equally likely. The choice depends on seed, number and the order of the samples
/// only.
public final class SampleChoice {
  private final SplittableRandom random;
  private final int count;

  private SampleChoice(long seed, int count) {
    this.random = new SplittableRandom(seed);
    this.count = count;
  }

  /// Positions of the chosen samples, ascending.
  ///
  /// @param classes of the samples; all equal when unknown
  /// @param count 1 to the number of samples
  public static List<Integer> of(int[] classes, int count, long seed) {
    if (count < 1 || count > classes.length) {
      throw new IllegalArgumentException(
          "%d samples of %d, expected 1 or more and no more than the data set has"
              .formatted(count, classes.length));
    }
    return new SampleChoice(seed, count).choose(classes);
  }

  /// Positions of samples without classes.
  public static List<Integer> uniform(int size, int count, long seed) {
    return of(new int[size], count, seed);
  }

  private List<Integer> choose(int[] classes) {
    Map<Integer, List<Integer>> byClass = new TreeMap<>();
    for (int i = 0; i < classes.length; i++) {
      byClass.computeIfAbsent(classes[i], _ -> new ArrayList<>()).add(i);
    }
    List<List<Integer>> groups = List.copyOf(byClass.values());
    int[] quotas = quotas(groups, classes.length);
    List<Integer> chosen = new ArrayList<>(count);
    for (int group = 0; group < quotas.length; group++) {
      chosen.addAll(some(groups.get(group), quotas[group]));
    }
    chosen.sort(null);
    return chosen;
  }

  private int[] quotas(List<List<Integer>> groups, int size) {
    int classes = groups.size();
    int[] quotas = new int[classes];
    if (count <= classes) {
      some(IntStream.range(0, classes).boxed().toList(), count).forEach(group -> quotas[group] = 1);
      return quotas;
    }
    Arrays.fill(quotas, 1);
    if (size == classes) {
      return quotas;
    }
    long left = (long) count - classes;
    long others = (long) size - classes;
    long given = 0;
    long[] remainders = new long[classes];
    for (int group = 0; group < classes; group++) {
      long share = left * (groups.get(group).size() - 1);
      quotas[group] += (int) (share / others);
      given += share / others;
      remainders[group] = share % others;
    }
    // Equal remainders in an order of the seed, so that no class is always first.
    List<Integer> order =
        new ArrayList<>(some(IntStream.range(0, classes).boxed().toList(), classes));
    order.sort(Comparator.comparingLong((Integer group) -> remainders[group]).reversed());
    for (int i = 0; i < left - given; i++) {
      quotas[order.get(i)]++;
    }
    return quotas;
  }

  /// The first steps of a Fisher-Yates shuffle.
  private List<Integer> some(List<Integer> from, int number) {
    int[] left = from.stream().mapToInt(Integer::intValue).toArray();
    List<Integer> some = new ArrayList<>(number);
    for (int i = 0; i < number; i++) {
      int other = i + random.nextInt(left.length - i);
      some.add(left[other]);
      left[other] = left[i];
    }
    return some;
  }
}
