// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.heldback;

import dev.quench.Printable;
import dev.quench.calibration.table.CalibrationData;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.SampleSpans;
import dev.quench.graph.Model;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.PipelineException;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Data in two parts: the first samples, to calibrate on, and the last ones, held back to judge by:
/// up to 200 or another number, at most a quarter. The parts depend on the data and the model's
/// batch size alone, so shards agree on them.
///
/// Data that are sorted by class should be shuffled.
public final class HeldBack {
  private static final int SAMPLES = 200;

  /// Of the batches held back, those that range methods are chosen on.
  private static final int JUDGES = 32;

  private final Dataset data;
  private final int batchSize;

  /// The first batch that is held back.
  private final long first;

  private HeldBack(Dataset data, int batchSize, long first) {
    this.data = data;
    this.batchSize = batchSize;
    this.first = first;
  }

  /// @param model whose batch size, or 1, is that of the batches
  /// @throws PipelineException if the data hold fewer than four batches
  public static HeldBack of(Dataset data, Model model) {
    return of(data, model, SAMPLES);
  }

  /// As [#of(Dataset, Model)], for another number of samples.
  ///
  /// @param most samples to hold back, 1 or more
  public static HeldBack of(Dataset data, Model model, int most) {
    return of(data, model, most, 1);
  }

  /// As [#of(Dataset, Model, int)], in batches of another size where the model's is free.
  ///
  /// @param usualBatch samples of a batch, 1 or more
  public static HeldBack of(Dataset data, Model model, int most, int usualBatch) {
    int size = ModelInputs.of(model).batchSize(data.axes(), usualBatch);
    long batches = data.size() / size;
    long held = Math.min(Math.max(1, most / size), batches / 4);
    if (held < 1) {
      throw new PipelineException(
          "%s has %d samples, %d whole batches of the model; expected 4 or more, since a quarter is held back from calibration"
              .formatted(Printable.escape(data.description()), data.size(), batches));
    }
    return new HeldBack(data, size, batches - held);
  }

  /// What to calibrate on.
  public Dataset calibration() {
    return data.limit(first * batchSize);
  }

  /// How many samples are held back, those of an incomplete last batch included.
  public long samples() {
    return data.size() - first * batchSize;
  }

  /// All whole batches held back.
  public List<Batch> batches() throws IOException {
    return batches(Long.MAX_VALUE);
  }

  /// The inputs of the first 32 batches held back.
  public List<Map<String, Tensor>> judges() throws IOException {
    return batches(JUDGES).stream().map(Batch::inputs).toList();
  }

  private List<Batch> batches(long limit) throws IOException {
    try (Stream<Batch> batches = data.batches(batchSize)) {
      return batches.skip(first).filter(batch -> batch.size() == batchSize).limit(limit).toList();
    }
  }

  /// Makes sure that a table was calibrated on the other samples alone.
  ///
  /// @throws PipelineException if it was made from other data, or from samples held back
  public void requireUnseen(CalibrationTable table) {
    String part = calibration().digest();
    for (CalibrationData used : table.header().data()) {
      if (!used.digest().equals(part) && !used.digest().equals(data.digest())) {
        throw new PipelineException(
            "the table was made from %s, not from the first %d samples of %s; give the data, samples and preprocessing that it was calibrated with"
                .formatted(
                    Printable.escape(used.description()),
                    first * batchSize,
                    Printable.escape(data.description())));
      }
      for (SampleSpans.Span span : used.used().spans()) {
        if (span.to() > first * batchSize) {
          throw new PipelineException(
              "the table was calibrated on samples %d to %d, of which those from %d on are needed to judge it; calibrate with the method chosen by fidelity, which leaves them out"
                  .formatted(span.from(), span.to() - 1, first * batchSize));
        }
      }
    }
  }
}
