// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.pipeline.PipelineException;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;

/// Which samples of a test set a network classifies correctly. Immutable.
public final class CorrectBits {
  private final BitSet correct;
  private final int samples;

  private CorrectBits(BitSet correct, int samples) {
    this.correct = correct;
    this.samples = samples;
  }

  /// @param predictions class of each sample
  /// @param labels as many
  public static CorrectBits of(List<Integer> predictions, List<Integer> labels) {
    if (predictions.size() != labels.size()) {
      throw new IllegalArgumentException(
          "%d predictions for %d labels".formatted(predictions.size(), labels.size()));
    }
    BitSet correct = new BitSet(labels.size());
    for (int i = 0; i < labels.size(); i++) {
      correct.set(i, predictions.get(i).equals(labels.get(i)));
    }
    return new CorrectBits(correct, labels.size());
  }

  /// Reads the text of [#toBase64].
  ///
  /// @throws PipelineException if it is not base64 of as many bits
  public static CorrectBits fromBase64(String text, int samples) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new PipelineException("the bits of the samples are not base64", e);
    }
    BitSet correct = BitSet.valueOf(bytes);
    if (bytes.length != Math.ceilDiv(samples, 8) || correct.length() > samples) {
      throw new PipelineException(
          "%d bytes of bits, expected those of %d samples".formatted(bytes.length, samples));
    }
    return new CorrectBits(correct, samples);
  }

  /// Bit `i % 8`, the lowest first, of byte `i / 8` is 1 if sample `i` is correct.
  public String toBase64() {
    byte[] bytes = new byte[Math.ceilDiv(samples, 8)];
    byte[] set = correct.toByteArray();
    System.arraycopy(set, 0, bytes, 0, set.length);
    return Base64.getEncoder().encodeToString(bytes);
  }

  public int samples() {
    return samples;
  }

  /// How many are correct.
  public int count() {
    return correct.cardinality();
  }

  /// How many are correct here and wrong there.
  public int lostBy(CorrectBits other) {
    if (samples != other.samples) {
      throw new IllegalArgumentException("%d samples against %d".formatted(samples, other.samples));
    }
    BitSet lost = (BitSet) correct.clone();
    lost.andNot(other.correct);
    return lost.cardinality();
  }
}
