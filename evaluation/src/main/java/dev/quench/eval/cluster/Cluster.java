// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval.cluster;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.report.EvaluationReport;
import java.io.IOException;

/// A connection to a cluster that calibrates and evaluates with the very results of one machine.
/// For one thread.
public interface Cluster extends AutoCloseable {
  /// The table of a single run over the data, to the last byte.
  ///
  /// @throws dev.quench.QuenchException if a part of the work fails, naming sample, file or
  ///   executor
  /// @throws IOException if the data cannot be read by this process
  CalibrationTable calibrate(ClusterCalibration work) throws IOException;

  /// The scores of a single run over the data, to the last bit; latency and throughput are not
  /// measured, which the report says.
  ///
  /// @throws dev.quench.QuenchException if a part of the work fails, naming sample, file or
  ///   executor
  /// @throws IOException if the data cannot be read by this process
  EvaluationReport evaluate(ClusterEvaluation work) throws IOException;

  /// Disconnects; closing twice is harmless.
  @Override
  void close();
}
