// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

/// Error statistics over pairs of expected and actual numbers. Sums in double.
///
/// The same infinity or NaN on both sides counts as equal and has no direction. On one side alone
/// it makes the largest error NaN, the signal-to-noise ratio minus infinity and the cosine 0.
///
/// Not thread-safe.
public final class Deviation {
  private double dot;
  private double squaresOfExpected;
  private double squaresOfActual;
  private double squaresOfError;
  private double largestError;
  private double largestExpected;
  private boolean broken;

  /// Compares the elements `[from, to)` of two arrays.
  public static Deviation of(double[] expected, double[] actual, int from, int to) {
    Deviation deviation = new Deviation();
    for (int i = from; i < to; i++) {
      deviation.add(expected[i], actual[i]);
    }
    return deviation;
  }

  public void add(double expected, double actual) {
    if (Double.compare(expected, actual) == 0 && !Double.isFinite(expected)) {
      return;
    }
    double error = expected - actual;
    broken |= !Double.isFinite(error);
    dot += expected * actual;
    squaresOfExpected += expected * expected;
    squaresOfActual += actual * actual;
    squaresOfError += error * error;
    largestError = Math.max(largestError, Math.abs(error));
    largestExpected = Math.max(largestExpected, Math.abs(expected));
  }

  /// Adds the pairs of another deviation.
  public void add(Deviation other) {
    dot += other.dot;
    squaresOfExpected += other.squaresOfExpected;
    squaresOfActual += other.squaresOfActual;
    squaresOfError += other.squaresOfError;
    largestError = Math.max(largestError, other.largestError);
    largestExpected = Math.max(largestExpected, other.largestExpected);
    broken |= other.broken;
  }

  /// Sum of `expected²`.
  public double squaresOfExpected() {
    return squaresOfExpected;
  }

  /// Sum of `(expected − actual)²`.
  public double squaresOfError() {
    return squaresOfError;
  }

  /// Whether a value was NaN or infinite on one side alone.
  public boolean isBroken() {
    return broken;
  }

  /// Cosine similarity, in `[−1, 1]`; 1 where nothing differs, 0 where only one side is zero or
  /// squares overflow.
  public double cosine() {
    if (broken) {
      return 0;
    }
    if (squaresOfError == 0) {
      return 1;
    }
    double cosine = dot / (Math.sqrt(squaresOfExpected) * Math.sqrt(squaresOfActual));
    return Double.isNaN(cosine) ? 0 : Math.clamp(cosine, -1, 1);
  }

  /// `10 log10(Σ expected² / Σ (expected − actual)²)`, infinite where nothing differs.
  public double sqnrDecibel() {
    if (broken) {
      return Double.NEGATIVE_INFINITY;
    }
    return squaresOfError == 0
        ? Double.POSITIVE_INFINITY
        : 10 * Math.log10(squaresOfExpected / squaresOfError);
  }

  public double maxAbsoluteError() {
    return broken ? Double.NaN : largestError;
  }

  /// The largest absolute error over the largest `|expected|`.
  public double maxRelativeError() {
    return maxAbsoluteError() == 0 ? 0 : maxAbsoluteError() / largestExpected;
  }
}
