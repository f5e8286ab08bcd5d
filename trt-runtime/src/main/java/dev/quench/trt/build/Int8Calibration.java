// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.run.dataset.Dataset;

/// The source of ranges for implicit INT8 of models without Q/DQ nodes, where TensorRT chooses
/// which layers run in INT8. Only TensorRT 10 and older support it; explicit INT8, with Q/DQ nodes
/// in the model, works everywhere.
public sealed interface Int8Calibration {
  /// The calibrator of TensorRT.
  enum Calibrator {
    /// `IInt8EntropyCalibrator2`, TensorRT's default for convolutional networks.
    ENTROPY,
    /// `IInt8MinMaxCalibrator`, which keeps the whole range.
    MIN_MAX
  }

  /// Existing ranges; TensorRT sees no data.
  ///
  /// @param table made from exactly this model, unless trusted
  /// @param trusted whether to accept ranges that do not name their model, like those of a bare
  ///   TensorRT cache
  record Ranges(CalibrationTable table, Calibrator calibrator, boolean trusted)
      implements Int8Calibration {}

  /// TensorRT runs the model on data and finds ranges itself; they depend on the order and size of
  /// the batches.
  ///
  /// @param batchSize samples in a batch; a smaller last batch is left out, since TensorRT accepts
  ///   only batches of one size
  record Batches(Dataset data, int batchSize, Calibrator calibrator) implements Int8Calibration {
    public Batches {
      if (batchSize < 1) {
        throw new IllegalArgumentException("batchSize must be 1 or more, got " + batchSize);
      }
      if (data.size() < batchSize) {
        throw new IllegalArgumentException(
            "%s has %d samples, fewer than the one batch of %d that calibration needs"
                .formatted(data.description(), data.size(), batchSize));
      }
      if (data.isRandom()) {
        throw new IllegalArgumentException(
            data.description()
                + " is random: ranges from random data are meaningless; give real data");
      }
    }

    /// The number of samples at the end that fill no batch and are left out.
    public long leftOut() {
      return data.size() % batchSize;
    }
  }

  /// Uses the ranges of a table, for the entropy calibrator.
  static Int8Calibration of(CalibrationTable table) {
    return new Ranges(table, Calibrator.ENTROPY, false);
  }

  /// Uses the ranges of a TensorRT cache that the caller trusts, for the calibrator that wrote it.
  ///
  /// @throws IllegalArgumentException if it comes from a calibrator other than EntropyCalibration2
  ///   and MinMaxCalibration
  static Int8Calibration trusting(TensorRtCache cache) {
    Calibrator calibrator =
        switch (cache.algorithm()) {
          case ENTROPY_2 -> Calibrator.ENTROPY;
          case MIN_MAX -> Calibrator.MIN_MAX;
          case ENTROPY, LEGACY ->
              throw new IllegalArgumentException(
                  "a cache of "
                      + cache.algorithm().spelling()
                      + " holds names of fused layers, which fit no other build; calibrate again");
        };
    return new Ranges(CalibrationTable.fromCache(cache), calibrator, true);
  }

  /// Uses the whole data set in batches, for the entropy calibrator.
  static Int8Calibration of(Dataset data, int batchSize) {
    return new Batches(data, batchSize, Calibrator.ENTROPY);
  }

  Calibrator calibrator();
}
