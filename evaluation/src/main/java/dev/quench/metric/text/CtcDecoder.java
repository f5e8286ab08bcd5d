// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.text;

import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Decodes texts from the output of a recognition network by greedy CTC decoding: takes the best
/// class of each step, merges repetitions and drops blanks.
///
/// Source: A. Graves et al., "Connectionist Temporal Classification", 2006, section 3.2.
///
/// @param characters by class, without the blank: the class after the blank is the next character
/// @param blank the class of the blank
/// @param timeFirst whether outputs are `[T, N, classes]`; else `[N, T, classes]`
public record CtcDecoder(List<String> characters, int blank, boolean timeFirst) {
  public CtcDecoder {
    characters = List.copyOf(characters);
    if (characters.isEmpty() || blank < 0 || blank > characters.size()) {
      throw new IllegalArgumentException(
          "%d characters and the blank as class %d, expected it to be from 0 to the number of characters"
              .formatted(characters.size(), blank));
    }
  }

  /// The convention of PP-OCR: `[N, T, classes]`, the blank first, one character per line of the
  /// dictionary, followed by a space if the network has one more class.
  ///
  /// @param dictionary one character per line
  /// @param classes of the network's output
  /// @throws IllegalArgumentException if the number of characters does not fit the classes
  public static CtcDecoder ppOcr(List<String> dictionary, int classes) {
    List<String> characters = new ArrayList<>(dictionary);
    if (classes == characters.size() + 2) {
      characters.add(" ");
    }
    if (classes != characters.size() + 1) {
      throw new IllegalArgumentException(
          "the dictionary has %d characters and the network %d classes; expected 1 or 2 more classes than characters, for the blank and an optional space"
              .formatted(dictionary.size(), classes));
    }
    return new CtcDecoder(characters, 0, false);
  }

  /// The texts of a batch.
  ///
  /// @param output scores or probabilities
  /// @throws IllegalArgumentException if the output has another form or number of classes
  public List<String> decode(Tensor output) {
    int classes = characters.size() + 1;
    if (output.shape().rank() != 3 || output.shape().size(2) != classes) {
      throw new IllegalArgumentException(
          "CTC decoding expects an output [%s, %d], got %s; the dictionary has %d characters"
              .formatted(timeFirst ? "T, N" : "N, T", classes, output.shape(), characters.size()));
    }
    int samples = Math.toIntExact(output.shape().size(timeFirst ? 1 : 0));
    int steps = Math.toIntExact(output.shape().size(timeFirst ? 0 : 1));
    float[] scores = output.toFloats();
    List<String> texts = new ArrayList<>();
    for (int sample = 0; sample < samples; sample++) {
      StringBuilder text = new StringBuilder();
      int last = blank;
      for (int step = 0; step < steps; step++) {
        int row = timeFirst ? step * samples + sample : sample * steps + step;
        int best = highest(scores, row * classes, classes);
        if (best != last && best != blank) {
          text.append(characters.get(best < blank ? best : best - 1));
        }
        last = best;
      }
      texts.add(text.toString());
    }
    return texts;
  }

  private static int highest(float[] scores, int from, int classes) {
    int best = 0;
    for (int index = 1; index < classes; index++) {
      if (scores[from + index] > scores[from + best]) {
        best = index;
      }
    }
    return best;
  }
}
