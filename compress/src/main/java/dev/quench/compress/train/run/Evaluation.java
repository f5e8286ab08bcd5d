// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import java.util.List;

/// A network's results on a data set.
///
/// @param accuracy share of the samples with the largest output at their label, in `[0, 1]`
/// @param loss mean over the samples
/// @param predictions the predicted class of each sample; the first of equal outputs
public record Evaluation(double accuracy, double loss, List<Integer> predictions) {
  public Evaluation {
    predictions = List.copyOf(predictions);
  }
}
