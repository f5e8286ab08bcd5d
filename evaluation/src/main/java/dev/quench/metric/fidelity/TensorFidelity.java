// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.fidelity;

import dev.quench.metric.Outputs;
import dev.quench.metric.SampleAxis;
import dev.quench.metric.TrailingAxes;
import dev.quench.run.Deviation;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.state.ExactSum;
import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Compares an output with that of a reference, without labels.
///
/// Scores over all samples: `cosine`, the mean of the samples' cosines, and `cosineMin`, the
/// minimum (1 if both are zero); `sqnrDecibel`, `10 log10(Σ expected² / Σ (expected − actual)²)`,
/// infinite when equal; `maxAbsoluteError`; `top1Agreement`, the share of rows along the last axis
/// with the same highest element (lowest index on ties), and `topKAgreement`, the mean share of the
/// `k` highest elements that both have in common, for outputs of more than `k` columns. A value
/// that is NaN or infinite on only one side makes `maxAbsoluteError` NaN, `sqnrDecibel` minus
/// infinity and its sample's cosine 0; the same on both sides counts as equal. Sums within a sample
/// are in double, those over samples exact. Samples lie along the axis that [SampleAxis] finds.
///
/// @param reference returns the expected outputs
/// @param output the first if empty
/// @param k 2 or more
public record TensorFidelity(Reference reference, Optional<String> output, int k)
    implements Metric {
  private static final String STATE = "fidelity 1";

  public TensorFidelity {
    if (k < 2) {
      throw new IllegalArgumentException("k must be 2 or more, got " + k);
    }
  }

  /// Uses the first output, with the agreement of the five highest elements.
  public TensorFidelity(Reference reference) {
    this(reference, Optional.empty(), 5);
  }

  @Override
  public String name() {
    return "fidelity";
  }

  @Override
  public Accumulator begin(long first) {
    return new Sums();
  }

  private final class Sums implements Accumulator {
    private final ExactSum squaresOfExpected = new ExactSum();
    private final ExactSum squaresOfError = new ExactSum();
    private final ExactSum cosines = new ExactSum();
    private double largestError;
    private boolean broken;
    private double leastCosine = 1;
    private long samples;
    private long rows;
    private long sameHighest;
    private long sameHighestK;
    private boolean enoughColumns = true;

    @Override
    public void add(Batch batch, Map<String, Tensor> outputs) {
      Tensor actual = Outputs.choose(name(), output, outputs);
      Tensor expected = Outputs.choose(name(), output, reference.outputs(batch));
      Shape shape = actual.shape();
      if (!shape.equals(expected.shape())) {
        throw new IllegalArgumentException(
            "fidelity expects outputs of one shape, got %s and %s from the reference"
                .formatted(shape, expected.shape()));
      }
      int axis = axis(shape, batch.size());
      if (axis > 0) {
        for (int i = 0; i < batch.size(); i++) {
          joined(SampleAxis.sample(expected, axis, i), SampleAxis.sample(actual, axis, i), 1);
        }
      } else {
        joined(expected, actual, batch.size());
      }
    }

    /// A batch of one sample needs no sample axis.
    private static int axis(Shape shape, int samples) {
      return samples == 1
          ? 0
          : SampleAxis.of(shape, samples)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "fidelity: expected one axis of size %2$d for the samples of a batch, got output shape %1$s; use batches of 1"
                          .formatted(shape, samples)));
    }

    /// Contiguous samples.
    private void joined(Tensor expected, Tensor actual, int count) {
      double[] e = numbers(expected);
      double[] a = numbers(actual);
      int each = e.length / count;
      for (int from = 0; each > 0 && from < e.length; from += each) {
        sample(e, a, from, from + each);
      }
      int columns = Math.min(TrailingAxes.lastSize(actual.shape()), each);
      for (int from = 0; columns > 0 && from < e.length; from += columns) {
        row(e, a, from, columns);
      }
    }

    private double[] numbers(Tensor tensor) {
      try {
        return tensor.toDoubles();
      } catch (IllegalStateException e) {
        throw new IllegalArgumentException("fidelity: " + e.getMessage(), e);
      }
    }

    private void sample(double[] e, double[] a, int from, int to) {
      Deviation deviation = Deviation.of(e, a, from, to);
      squaresOfExpected.add(deviation.squaresOfExpected());
      squaresOfError.add(deviation.squaresOfError());
      cosines.add(deviation.cosine());
      broken |= deviation.isBroken();
      if (!deviation.isBroken()) {
        largestError = Math.max(largestError, deviation.maxAbsoluteError());
      }
      leastCosine = Math.min(leastCosine, deviation.cosine());
      samples++;
    }

    private void row(double[] e, double[] a, int from, int columns) {
      int[] expected = highest(e, from, columns);
      int[] actual = highest(a, from, columns);
      rows++;
      sameHighest += expected[0] == actual[0] ? 1 : 0;
      enoughColumns &= columns > k;
      for (int one : expected) {
        for (int other : actual) {
          sameHighestK += one == other ? 1 : 0;
        }
      }
    }

    /// The columns of the `k` highest elements, highest first, lower columns first on ties.
    private int[] highest(double[] values, int from, int columns) {
      int[] best = new int[Math.min(k, columns)];
      int known = 0;
      for (int column = 0; column < columns; column++) {
        int place = known;
        while (place > 0 && isHigher(values[from + column], values[from + best[place - 1]])) {
          place--;
        }
        if (place < best.length) {
          known = Math.min(known + 1, best.length);
          System.arraycopy(best, place, best, place + 1, known - 1 - place);
          best[place] = column;
        }
      }
      return best;
    }

    private static boolean isHigher(double one, double other) {
      return one > other || (Double.isNaN(other) && !Double.isNaN(one));
    }

    @Override
    public Map<String, Double> scores() {
      Map<String, Double> scores = new LinkedHashMap<>();
      if (samples == 0) {
        return scores;
      }
      scores.put("cosine", cosines.value() / samples);
      scores.put("cosineMin", leastCosine);
      scores.put("sqnrDecibel", sqnrDecibel());
      scores.put("maxAbsoluteError", broken ? Double.NaN : largestError);
      scores.put("top1Agreement", sameHighest / (double) rows);
      if (enoughColumns) {
        // All rows have more than k columns.
        scores.put("topKAgreement", sameHighestK / (double) k / rows);
      }
      return scores;
    }

    private double sqnrDecibel() {
      if (broken) {
        return Double.NEGATIVE_INFINITY;
      }
      double error = squaresOfError.value();
      return error == 0
          ? Double.POSITIVE_INFINITY
          : 10 * Math.log10(squaresOfExpected.value() / error);
    }

    @Override
    public byte[] state() {
      return new StateWriter(STATE)
          .sum(squaresOfExpected)
          .sum(squaresOfError)
          .sum(cosines)
          .real(leastCosine)
          .real(largestError)
          .flag(broken)
          .number(samples)
          .number(rows)
          .number(sameHighest)
          .number(sameHighestK)
          .flag(enoughColumns)
          .toBytes();
    }

    @Override
    public void merge(byte[] state) {
      StateReader in = new StateReader(state, STATE);
      squaresOfExpected.add(in.sum());
      squaresOfError.add(in.sum());
      cosines.add(in.sum());
      leastCosine = Math.min(leastCosine, in.real());
      largestError = Math.max(largestError, in.real());
      broken |= in.flag();
      samples += in.count();
      rows += in.count();
      sameHighest += in.count();
      sameHighestK += in.count();
      enoughColumns &= in.flag();
      in.end();
    }
  }
}
