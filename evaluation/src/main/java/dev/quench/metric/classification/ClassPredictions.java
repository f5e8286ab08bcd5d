// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.classification;

import java.util.Arrays;
import java.util.stream.IntStream;

/// The true and the predicted class of each sample, in the order of the data set. Immutable,
/// thread-safe; equality is by content.
public final class ClassPredictions {
  /// The prediction of a sample whose scores are all NaN.
  public static final int NONE = -1;

  private final int classes;
  private final int[] labels;
  private final int[] predicted;

  private ClassPredictions(int classes, int[] labels, int[] predicted) {
    this.classes = classes;
    this.labels = labels;
    this.predicted = predicted;
  }

  /// @param classes of the model
  /// @param labels by sample, below `classes`; copied
  /// @param predicted by sample, below `classes`, or [#NONE]; copied
  public static ClassPredictions of(int classes, int[] labels, int[] predicted) {
    if (labels.length != predicted.length) {
      throw new IllegalArgumentException(
          "%d labels for %d predictions".formatted(labels.length, predicted.length));
    }
    return new ClassPredictions(classes, labels.clone(), predicted.clone());
  }

  public int classes() {
    return classes;
  }

  public int size() {
    return labels.length;
  }

  public int label(int sample) {
    return labels[sample];
  }

  public int predicted(int sample) {
    return predicted[sample];
  }

  public boolean isCorrect(int sample) {
    return labels[sample] == predicted[sample];
  }

  public long correct() {
    return IntStream.range(0, size()).filter(this::isCorrect).count();
  }

  /// How often class `row` was taken for class `column`; predictions of [#NONE] count nowhere.
  public long[][] confusion() {
    long[][] counts = new long[classes][classes];
    for (int sample = 0; sample < size(); sample++) {
      if (predicted[sample] != NONE) {
        counts[labels[sample]][predicted[sample]]++;
      }
    }
    return counts;
  }

  /// The paired test of this, the reference, against another on the same samples.
  ///
  /// @throws IllegalArgumentException if the labels differ
  public McNemarTest against(ClassPredictions other) {
    if (!Arrays.equals(labels, other.labels)) {
      throw new IllegalArgumentException("a paired test needs predictions for the same samples");
    }
    long lost = 0;
    long gained = 0;
    for (int sample = 0; sample < size(); sample++) {
      lost += isCorrect(sample) && !other.isCorrect(sample) ? 1 : 0;
      gained += !isCorrect(sample) && other.isCorrect(sample) ? 1 : 0;
    }
    return new McNemarTest(lost, gained);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClassPredictions that
        && classes == that.classes
        && Arrays.equals(labels, that.labels)
        && Arrays.equals(predicted, that.predicted);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(labels) + Arrays.hashCode(predicted);
  }

  /// For example `9331 of 10000 right`.
  @Override
  public String toString() {
    return correct() + " of " + size() + " right";
  }
}
