// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.classification;

import dev.quench.metric.TrailingAxes;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Labels;
import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Share of the samples whose true class is among the `k` highest scores of the model's first
/// output, `[N, classes]`, with or without further axes of size 1.
///
/// A class counts as above the true one when its score is higher, or equal with a lower index, so
/// ties never improve the score. A NaN score of the true class counts as wrong. A `k` of at least
/// the number of classes is left out of the scores.
///
/// @param ks at least one value, each 1 or more
public record TopK(List<Integer> ks) implements Metric {
  private static final String STATE = "top-k 1";

  /// Top-1 and top-5.
  public TopK() {
    this(List.of(1, 5));
  }

  public TopK {
    if (ks.isEmpty() || ks.stream().anyMatch(k -> k < 1)) {
      throw new IllegalArgumentException("k must be 1 or more, got " + ks);
    }
    ks = List.copyOf(new TreeSet<>(ks));
  }

  @Override
  public String name() {
    return "top-k";
  }

  @Override
  public Predicting begin(long first) {
    return new Counts(first);
  }

  /// An accumulator that remembers every prediction.
  public interface Predicting extends Accumulator {
    /// Of all samples so far.
    ClassPredictions predictions();
  }

  private final class Counts implements Predicting {
    private final PredictedRuns runs;
    private final Map<Integer, Long> hits = new LinkedHashMap<>();
    private long samples;
    private int classes;

    Counts(long first) {
      this.runs = new PredictedRuns(first);
    }

    @Override
    public void add(Batch batch, Map<String, Tensor> outputs) {
      if (!(batch.labels() instanceof Labels.Classes(List<Integer> labels))) {
        throw new IllegalArgumentException(
            "top-k needs class labels, but this data set has %s; choose a labelled one"
                .formatted(batch.labels().kind()));
      }
      Map.Entry<String, Tensor> first = outputs.entrySet().iterator().next();
      Tensor scores = TrailingAxes.dropped(first.getValue(), 2);
      if (scores.shape().rank() != 2 || scores.shape().size(0) != labels.size()) {
        throw new IllegalArgumentException(
            "top-k expects output '%s' of shape [%d, classes], got %s"
                .formatted(first.getKey(), labels.size(), scores.shape()));
      }
      classes = Math.toIntExact(scores.shape().size(1));
      float[] values = scores.toFloats();
      for (int row = 0; row < labels.size(); row++) {
        int label = labels.get(row);
        if (label < 0 || label >= classes) {
          throw new IllegalArgumentException(
              "label %d is outside the %d classes of output '%s'; if the model's class indices start elsewhere, use --label-offset"
                  .formatted(label, classes, first.getKey()));
        }
        runs.add(label, best(values, row * classes));
        int rank = rank(values, row * classes, label);
        for (int k : ks) {
          hits.merge(k, rank < k ? 1L : 0L, Long::sum);
        }
        samples++;
      }
    }

    /// The class of rank 0.
    private int best(float[] values, int offset) {
      int best = ClassPredictions.NONE;
      for (int index = 0; index < classes; index++) {
        float score = values[offset + index];
        if (!Float.isNaN(score)
            && (best == ClassPredictions.NONE || score > values[offset + best])) {
          best = index;
        }
      }
      return best;
    }

    @Override
    public ClassPredictions predictions() {
      return runs.predictions(classes);
    }

    private int rank(float[] values, int offset, int label) {
      float truth = values[offset + label];
      if (Float.isNaN(truth)) {
        return classes;
      }
      int above = 0;
      for (int other = 0; other < classes; other++) {
        float score = values[offset + other];
        if (score > truth || (score == truth && other < label)) {
          above++;
        }
      }
      return above;
    }

    @Override
    public Map<String, Double> scores() {
      Map<String, Double> scores = new LinkedHashMap<>();
      for (int k : ks) {
        if (samples > 0 && (k == 1 || k < classes)) {
          scores.put("top" + k, hits.getOrDefault(k, 0L) / (double) samples);
        }
      }
      return scores;
    }

    @Override
    public byte[] state() {
      StateWriter out = new StateWriter(STATE).number(samples).integer(classes).integer(ks.size());
      ks.forEach(k -> out.integer(k).number(hits.getOrDefault(k, 0L)));
      runs.writeTo(out);
      return out.toBytes();
    }

    @Override
    public void merge(byte[] state) {
      StateReader in = new StateReader(state, STATE);
      samples += in.count();
      int theirs = in.integer();
      if (classes != 0 && theirs != 0 && classes != theirs) {
        throw new IllegalArgumentException(
            "top-k: parts of %d and of %d classes do not go together; evaluate one model"
                .formatted(classes, theirs));
      }
      classes = Math.max(classes, theirs);
      int count = in.size(Integer.BYTES + Long.BYTES);
      for (int i = 0; i < count; i++) {
        int k = in.integer();
        if (!ks.contains(k)) {
          throw new IllegalArgumentException(
              "top-k: the other part counted k = %d, this one %s".formatted(k, ks));
        }
        hits.merge(k, in.count(), Long::sum);
      }
      runs.addFrom(in);
      in.end();
    }
  }
}
