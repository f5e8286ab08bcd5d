// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import dev.quench.metric.Outputs;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.ImageGeometry;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.Mask;
import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Fills a confusion matrix from masks, from which a metric computes its scores.
final class SegmentationScores implements Metric.Accumulator {
  private static final String STATE = "confusion matrix 1";

  private final String metric;
  private final Optional<String> output;
  private final Function<ConfusionMatrix, Map<String, Double>> reading;
  private final ConfusionMatrix matrix = new ConfusionMatrix();

  SegmentationScores(
      String metric,
      Optional<String> output,
      Function<ConfusionMatrix, Map<String, Double>> reading) {
    this.metric = metric;
    this.output = output;
    this.reading = reading;
  }

  @Override
  public void add(Batch batch, Map<String, Tensor> outputs) {
    if (!(batch.labels() instanceof Labels.Masks(List<Mask> masks))) {
      throw new IllegalArgumentException(
          "%s needs masks, but this data set has %s; use a data set with masks"
              .formatted(metric, batch.labels().kind()));
    }
    SegmentationOutput predicted =
        SegmentationOutput.of(metric, Outputs.choose(metric, output, outputs), batch.size());
    for (int sample = 0; sample < masks.size(); sample++) {
      Mask truth = masks.get(sample);
      add(predicted, predicted.classes(sample, geometry(batch, sample, truth)), truth);
    }
  }

  /// Maps the mask's pixels to the input: by the data's geometry, else the mask covers the whole
  /// input.
  private static ImageGeometry geometry(Batch batch, int sample, Mask mask) {
    return batch.images().isEmpty()
        ? ImageGeometry.stretched(mask.width(), mask.height(), mask.width(), mask.height())
        : batch.images().get(sample).geometry();
  }

  private void add(SegmentationOutput output, Mask predicted, Mask truth) {
    for (int y = 0; y < truth.height(); y++) {
      for (int x = 0; x < truth.width(); x++) {
        int index = truth.at(x, y);
        int decided = predicted.at(x, y);
        if (index == Mask.IGNORE || decided == Mask.IGNORE) {
          continue;
        }
        if (index >= SegmentationOutput.MAX_CLASSES
            || (output.classes() > 0 && index >= output.classes())) {
          throw new IllegalArgumentException(
              "%s: a mask has class %d, but the model's output has %d classes; the labels belong to another data set, or %d marks pixels to ignore"
                  .formatted(metric, index, output.classes(), Mask.IGNORE));
        }
        matrix.add(index, decided);
      }
    }
  }

  @Override
  public Map<String, Double> scores() {
    return matrix.classes() == 0 ? Map.of() : reading.apply(matrix);
  }

  @Override
  public byte[] state() {
    StateWriter out = new StateWriter(STATE);
    matrix.writeTo(out);
    return out.toBytes();
  }

  @Override
  public void merge(byte[] state) {
    StateReader in = new StateReader(state, STATE);
    matrix.addFrom(in);
    in.end();
  }
}
