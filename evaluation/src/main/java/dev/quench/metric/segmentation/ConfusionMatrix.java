// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import java.util.ArrayList;
import java.util.List;

/// Counts of predicted classes for each true class. Grows with the classes that occur; for one
/// thread.
///
/// Classes that neither occur nor are predicted have no score and do not count in means.
public final class ConfusionMatrix {
  private int classes;
  private long[][] counts = new long[0][0];
  private final long[] missed = new long[SegmentationOutput.MAX_CLASSES];

  /// @param truth the true class, from 0
  /// @param predicted the predicted class, or [SegmentationOutput#UNDECIDED]
  public void add(int truth, int predicted) {
    if (predicted == SegmentationOutput.UNDECIDED) {
      ensure(truth + 1);
      missed[truth]++;
    } else {
      ensure(Math.max(truth, predicted) + 1);
      counts[truth][predicted]++;
    }
  }

  private void ensure(int needed) {
    if (needed <= classes) {
      return;
    }
    if (needed > SegmentationOutput.MAX_CLASSES) {
      throw new IllegalArgumentException(
          "got class %d, expected less than %d"
              .formatted(needed - 1, SegmentationOutput.MAX_CLASSES));
    }
    long[][] grown = new long[needed][needed];
    for (int truth = 0; truth < classes; truth++) {
      System.arraycopy(counts[truth], 0, grown[truth], 0, classes);
    }
    counts = grown;
    classes = needed;
  }

  /// Each count above zero with its two classes; `predicted` is [SegmentationOutput#UNDECIDED] for
  /// the missed.
  void writeTo(StateWriter out) {
    List<long[]> cells = new ArrayList<>();
    for (int truth = 0; truth < classes; truth++) {
      for (int predicted = 0; predicted < classes; predicted++) {
        if (counts[truth][predicted] > 0) {
          cells.add(new long[] {truth, predicted, counts[truth][predicted]});
        }
      }
      if (missed[truth] > 0) {
        cells.add(new long[] {truth, SegmentationOutput.UNDECIDED, missed[truth]});
      }
    }
    out.integer(cells.size());
    for (long[] cell : cells) {
      out.integer((int) cell[0]).integer((int) cell[1]).number(cell[2]);
    }
  }

  /// Adds the counts that [#writeTo] wrote.
  void addFrom(StateReader in) {
    int cells = in.size(2 * Integer.BYTES + Long.BYTES);
    for (int i = 0; i < cells; i++) {
      int truth = in.integer();
      int predicted = in.integer();
      long count = in.count();
      if (!isClass(truth) || !(isClass(predicted) || predicted == SegmentationOutput.UNDECIDED)) {
        throw in.damaged("it counts classes %d and %d".formatted(truth, predicted));
      }
      if (predicted == SegmentationOutput.UNDECIDED) {
        ensure(truth + 1);
        missed[truth] = Math.addExact(missed[truth], count);
      } else {
        ensure(Math.max(truth, predicted) + 1);
        counts[truth][predicted] = Math.addExact(counts[truth][predicted], count);
      }
    }
  }

  private static boolean isClass(int index) {
    return index >= 0 && index < SegmentationOutput.MAX_CLASSES;
  }

  /// The largest class seen plus one.
  public int classes() {
    return classes;
  }

  private long ofTruth(int index) {
    long sum = missed[index];
    for (int predicted = 0; predicted < classes; predicted++) {
      sum += counts[index][predicted];
    }
    return sum;
  }

  private long ofPrediction(int index) {
    long sum = 0;
    for (int truth = 0; truth < classes; truth++) {
      sum += counts[truth][index];
    }
    return sum;
  }

  /// Intersection over union of a class; NaN if the class has no score.
  public double iou(int index) {
    long union = ofTruth(index) + ofPrediction(index) - counts[index][index];
    return union == 0 ? Double.NaN : counts[index][index] / (double) union;
  }

  /// Mean of [#iou] over the classes that have a score; NaN without any.
  public double meanIou() {
    double sum = 0;
    int scored = 0;
    for (int index = 0; index < classes; index++) {
      double iou = iou(index);
      if (!Double.isNaN(iou)) {
        sum += iou;
        scored++;
      }
    }
    return sum / scored;
  }

  /// The share of correct predictions; NaN without any prediction.
  public double accuracy() {
    long right = 0;
    long all = 0;
    for (int index = 0; index < classes; index++) {
      right += counts[index][index];
      all += ofTruth(index);
    }
    return right / (double) all;
  }

  /// The mean recall over the classes that occur.
  public double meanClassAccuracy() {
    double sum = 0;
    int occurring = 0;
    for (int index = 0; index < classes; index++) {
      long all = ofTruth(index);
      if (all > 0) {
        sum += counts[index][index] / (double) all;
        occurring++;
      }
    }
    return sum / occurring;
  }
}
