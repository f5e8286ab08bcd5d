// SPDX-License-Identifier: Apache-2.0
package dev.quench.testing;

import java.util.SplittableRandom;

/// Tries a claim on seeded cases and, when one fails, names the seed that repeats it.
///
/// The seed of a case follows from the name of the property and the case's number, so that every
/// run sees the same cases; `-Dtests.seed=N` runs the one case `N` instead. Stateless, thread-safe.
public final class Property {
  private Property() {}

  /// A claim about whatever the random numbers make.
  @FunctionalInterface
  public interface Claim {
    /// @param random the only source of randomness
    /// @param size from 0 growing with the number of the case, so that small cases fail first
    void hold(SplittableRandom random, int size) throws Exception;
  }

  /// @param name of the property; decides the seeds
  /// @param cases how many are tried, 1 or more
  /// @throws AssertionError from the first case that fails, with its seed and size
  public static void check(String name, int cases, Claim claim) {
    String only = System.getProperty("tests.seed");
    for (int number = 0; number < cases; number++) {
      long seed = only == null ? mix(name.hashCode(), number) : Long.parseLong(only);
      try {
        claim.hold(new SplittableRandom(seed), number);
      } catch (Exception | AssertionError e) {
        throw new AssertionError(
            "property '%s' fails at size %d; repeat with -Dtests.seed=%d: %s"
                .formatted(name, number, seed, e.getMessage()),
            e);
      }
    }
  }

  private static long mix(long name, long number) {
    return new SplittableRandom(name * 0x9E3779B97F4A7C15L + number).nextLong();
  }
}
