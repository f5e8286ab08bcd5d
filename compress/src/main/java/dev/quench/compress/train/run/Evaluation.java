// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import java.util.List;

/// A network's answers to a data set.
///
/// @param accuracy share of the samples whose largest output is that of their label, in `[0, 1]`
/// @param loss mean over the samples
/// @param predictions the class of each sample, the first of equals
public record Evaluation(double accuracy, double loss, List<Integer> predictions) {
  public Evaluation {
    predictions = List.copyOf(predictions);
  }
}
