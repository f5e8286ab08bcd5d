// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.fidelity;

import dev.quench.metric.Outputs;
import dev.quench.metric.TrailingAxes;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.state.ExactSum;
import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Compares embeddings with those of a reference. Scores: `embeddingCosine`, the mean over the
/// samples, `embeddingCosineMin`, the minimum, and `pairSpearman`, the rank correlation between the
/// pairwise similarities of the model and of the reference (over the first 1,000 samples; left out
/// below three), which shows whether a search would still find the same neighbours.
///
/// @param reference returns the expected outputs
/// @param output `[N, D]`, `[N, D, 1, 1]`, or `[N, T, D]` which is pooled; the first if empty
/// @param pooling of tokens
/// @param mask the input that marks the tokens that count, `[N, T]`; for [Pooling#MEAN]
public record EmbeddingSimilarity(
    Reference reference, Optional<String> output, Pooling pooling, String mask) implements Metric {
  private static final int MAX_PAIRED = 1000;
  private static final String STATE = "embedding-similarity 1";

  /// Uses the first output and the mean over the tokens by `attention_mask`.
  public EmbeddingSimilarity(Reference reference) {
    this(reference, Optional.empty(), Pooling.MEAN, "attention_mask");
  }

  @Override
  public String name() {
    return "embedding-similarity";
  }

  @Override
  public Accumulator begin(long first) {
    return new Embeddings(first);
  }

  private final class Embeddings implements Accumulator {
    private final PairedEmbeddings paired = new PairedEmbeddings(MAX_PAIRED);
    private final ExactSum cosines = new ExactSum();
    private double least = 1;
    private long samples;
    private long next;

    Embeddings(long first) {
      this.next = first;
    }

    @Override
    public void add(Batch batch, Map<String, Tensor> outputs) {
      List<double[]> here = embeddings(batch, Outputs.choose(name(), output, outputs));
      List<double[]> there =
          embeddings(batch, Outputs.choose(name(), output, reference.outputs(batch)));
      for (int sample = 0; sample < here.size(); sample++) {
        double[] one = here.get(sample);
        double[] other = there.get(sample);
        if (one.length != other.length) {
          throw new IllegalArgumentException(
              "embedding-similarity: expected embeddings of %2$d numbers as the reference has, got %1$d"
                  .formatted(one.length, other.length));
        }
        double cosine = cosine(one, other);
        cosines.add(cosine);
        least = Math.min(least, cosine);
        samples++;
        paired.add(next++, other, one);
      }
    }

    private List<double[]> embeddings(Batch batch, Tensor output) {
      boolean pooled = output.shape().rank() == 4 && output.shape().size(1) > 1;
      Tensor tensor = pooled ? TrailingAxes.dropped(output, 2) : output;
      int rank = tensor.shape().rank();
      Outputs.checkSamples(name(), tensor, batch.size(), rank == 2 ? 2 : 3, "[N, D] or [N, T, D]");
      int width = Math.toIntExact(tensor.shape().size(-1));
      int tokens = rank == 2 ? 1 : Math.toIntExact(tensor.shape().size(1));
      float[] values = tensor.toFloats();
      List<double[]> embeddings = new ArrayList<>();
      for (int sample = 0; sample < batch.size(); sample++) {
        double[] sum = new double[width];
        int counted = 0;
        for (int token = 0; token < tokens; token++) {
          if (rank == 2 || counts(batch, sample, token, tokens)) {
            counted++;
            int from = (sample * tokens + token) * width;
            for (int i = 0; i < width; i++) {
              sum[i] += values[from + i];
            }
          }
        }
        for (int i = 0; i < width && counted > 0; i++) {
          sum[i] /= counted;
        }
        embeddings.add(sum);
      }
      return embeddings;
    }

    private boolean counts(Batch batch, int sample, int token, int tokens) {
      return switch (pooling) {
        case FIRST_TOKEN -> token == 0;
        case MEAN -> {
          Tensor masked = batch.inputs().get(mask);
          if (masked == null) {
            yield true;
          }
          if (masked.elements() != (long) batch.size() * tokens) {
            throw new IllegalArgumentException(
                "embedding-similarity: input '%s' is %s, but the model returns %d tokens for each of %d samples"
                    .formatted(mask, masked.shape(), tokens, batch.size()));
          }
          yield masked.doubleAt((long) sample * tokens + token) != 0;
        }
      };
    }

    @Override
    public Map<String, Double> scores() {
      Map<String, Double> scores = new LinkedHashMap<>();
      if (samples > 0) {
        scores.put("embeddingCosine", cosines.value() / samples);
        scores.put("embeddingCosineMin", least);
      }
      if (paired.size() >= 3) {
        scores.put(
            "pairSpearman",
            RankCorrelation.spearman(pairs(paired.expected()), pairs(paired.actual())));
      }
      return scores;
    }

    @Override
    public byte[] state() {
      StateWriter out = new StateWriter(STATE).sum(cosines).real(least).number(samples);
      paired.writeTo(out);
      return out.toBytes();
    }

    @Override
    public void merge(byte[] state) {
      StateReader in = new StateReader(state, STATE);
      cosines.add(in.sum());
      least = Math.min(least, in.real());
      samples += in.count();
      paired.addFrom(in);
      in.end();
    }
  }

  private static double[] pairs(List<double[]> embeddings) {
    int count = embeddings.size();
    double[] similarities = new double[count * (count - 1) / 2];
    int at = 0;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < i; j++) {
        similarities[at++] = cosine(embeddings.get(i), embeddings.get(j));
      }
    }
    return similarities;
  }

  /// 1 where both are zero, 0 where one is zero or anything is not finite.
  private static double cosine(double[] one, double[] other) {
    double dot = 0;
    double ofOne = 0;
    double ofOther = 0;
    for (int i = 0; i < one.length; i++) {
      dot += one[i] * other[i];
      ofOne += one[i] * one[i];
      ofOther += other[i] * other[i];
    }
    if (ofOne == 0 && ofOther == 0) {
      return 1;
    }
    double cosine = dot / (Math.sqrt(ofOne) * Math.sqrt(ofOther));
    return Double.isNaN(cosine) ? 0 : cosine;
  }
}
