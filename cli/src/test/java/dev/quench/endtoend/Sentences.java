// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import dev.quench.endtoend.GeneratedDataset.Sample;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// English sentences as a BERT encoder takes them.
final class Sentences {
  private static final int TOKENS = 32;

  private Sentences() {}

  /// `input_ids`, `attention_mask` and `token_type_ids`, INT64 `[1, 32]`, padded with 0.
  static GeneratedDataset tokenized(
      WordPiece tokenizer, Vocabulary vocabulary, long seed, long size) {
    return new GeneratedDataset(
        "%d sentences, %s words, seed %d".formatted(size, vocabulary, seed),
        size,
        index -> {
          String text = vocabulary.sentence(new SplittableRandom(seed * 1_000_003 + index));
          return new Sample(inputs(tokenizer.encode(text)), new Labels.None());
        });
  }

  private static Map<String, Tensor> inputs(List<Long> tokens) {
    long[] ids = new long[TOKENS];
    long[] mask = new long[TOKENS];
    for (int i = 0; i < Math.min(TOKENS, tokens.size()); i++) {
      ids[i] = tokens.get(i);
      mask[i] = 1;
    }
    Shape shape = Shape.of(1, TOKENS);
    return Map.of(
        "input_ids",
        Tensor.ofLongs(shape, ids),
        "attention_mask",
        Tensor.ofLongs(shape, mask),
        "token_type_ids",
        Tensor.ofLongs(shape, new long[TOKENS]));
  }
}
