// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.text;

import dev.quench.metric.Outputs;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Labels;
import dev.quench.run.state.ExactSum;
import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The accuracy of text recognition. Scores: `textAccuracy`, the share of texts without any error;
/// `characterAccuracy`, 1 minus the sum of edit distances divided by the number of true code
/// points, at least 0; `editSimilarity`, the mean over the texts of 1 minus the edit distance
/// divided by the longer length.
///
/// @param decoder of the model's output
/// @param output the first if empty
/// @param ignoreSpaces whether to remove spaces on both sides before comparing
public record TextAccuracy(CtcDecoder decoder, Optional<String> output, boolean ignoreSpaces)
    implements Metric {
  private static final String STATE = "text-accuracy 1";

  /// Uses the first output and compares spaces.
  public TextAccuracy(CtcDecoder decoder) {
    this(decoder, Optional.empty(), false);
  }

  @Override
  public String name() {
    return "text-accuracy";
  }

  @Override
  public Accumulator begin(long first) {
    return new Texts();
  }

  private final class Texts implements Accumulator {
    private long texts;
    private long exact;
    private long distance;
    private long characters;
    private final ExactSum similarity = new ExactSum();

    @Override
    public void add(Batch batch, Map<String, Tensor> outputs) {
      if (!(batch.labels() instanceof Labels.Texts(List<String> truths))) {
        throw new IllegalArgumentException(
            "text-accuracy needs texts, but this data set has %s; use a data set with texts"
                .formatted(batch.labels().kind()));
      }
      List<String> read = decoder.decode(Outputs.choose(name(), output, outputs));
      if (read.size() != truths.size()) {
        throw new IllegalArgumentException(
            "text-accuracy: the model's output holds %d texts for %d samples"
                .formatted(read.size(), truths.size()));
      }
      for (int i = 0; i < read.size(); i++) {
        add(compared(truths.get(i)), compared(read.get(i)));
      }
    }

    private String compared(String text) {
      return ignoreSpaces ? text.replaceAll("\\s", "") : text;
    }

    private void add(String truth, String read) {
      int edits = EditDistance.between(truth, read);
      int length = truth.codePointCount(0, truth.length());
      int longer = Math.max(length, read.codePointCount(0, read.length()));
      texts++;
      exact += edits == 0 ? 1 : 0;
      distance += edits;
      characters += length;
      similarity.add(longer == 0 ? 1 : 1 - edits / (double) longer);
    }

    @Override
    public Map<String, Double> scores() {
      Map<String, Double> scores = new LinkedHashMap<>();
      if (texts > 0) {
        scores.put("textAccuracy", exact / (double) texts);
        scores.put(
            "characterAccuracy",
            characters == 0
                ? (distance == 0 ? 1.0 : 0.0)
                : Math.max(0, 1 - distance / (double) characters));
        scores.put("editSimilarity", similarity.value() / texts);
      }
      return scores;
    }

    @Override
    public byte[] state() {
      return new StateWriter(STATE)
          .number(texts)
          .number(exact)
          .number(distance)
          .number(characters)
          .sum(similarity)
          .toBytes();
    }

    @Override
    public void merge(byte[] state) {
      StateReader in = new StateReader(state, STATE);
      texts += in.count();
      exact += in.count();
      distance += in.count();
      characters += in.count();
      similarity.add(in.sum());
      in.end();
    }
  }
}
