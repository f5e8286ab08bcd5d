// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

/// How long to measure. The defaults are those of trtexec.
///
/// @param warmUpMillis calls before this time has passed are not counted
/// @param durationMillis measure at least this long
/// @param minIterations and at least this many calls
public record ProfileOptions(long warmUpMillis, long durationMillis, int minIterations) {
  public static final ProfileOptions DEFAULT = new ProfileOptions(200, 3000, 10);

  public ProfileOptions {
    if (warmUpMillis < 0 || durationMillis < 0 || minIterations < 1) {
      throw new IllegalArgumentException(
          "warm-up and duration must be 0 ms or more and iterations 1 or more, got %d ms, %d ms, %d"
              .formatted(warmUpMillis, durationMillis, minIterations));
    }
  }
}
