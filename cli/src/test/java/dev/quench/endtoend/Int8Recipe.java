// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.MethodSelection;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.AccuracyGoal;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.ModelScore;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.Sensitivity;
import dev.quench.compress.quantize.SensitivitySearch;
import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.metric.fidelity.Reference;
import dev.quench.metric.fidelity.TensorFidelity;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.report.MetricScore;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;

/// How a network becomes INT8: fused, calibrated with the method whose outputs come nearest to the
/// float ones, and with as many layers left float as the goal needs. All of it is found on the
/// calibration data.
///
/// @param methods to choose among on the samples that are searched
/// @param goal made from the network's own metric on the samples that are searched
/// @param searched the first samples
/// @param compared the first of them, which give the order in which layers are left float
record Int8Recipe(
    QdqOptions options,
    List<RangeMethod> methods,
    Function<ModelScore, AccuracyGoal> goal,
    long searched,
    long compared) {
  private static final int OPSET = 13;
  private static final OnnxRuntimeBackend BACKEND = new OnnxRuntimeBackend();
  private static final List<RangeMethod> METHODS =
      List.of(
          RangeMethod.auto(),
          RangeMethod.entropy(),
          RangeMethod.meanSquaredError(),
          RangeMethod.averageMinMax());

  /// Keeps the outputs near to those in FP32.
  ///
  /// @param cosine the least of any sample
  static Int8Recipe keeping(double cosine, long compared) {
    return new Int8Recipe(
        QdqOptions.DEFAULT,
        METHODS,
        _ -> new AccuracyGoal.MinCosine(cosine),
        4 * compared,
        compared);
  }

  /// Keeps the score of the network, but for `drop`.
  static Int8Recipe losing(double drop, long searched) {
    return new Int8Recipe(
        QdqOptions.DEFAULT,
        METHODS,
        score -> new AccuracyGoal.MaxDrop(score, drop),
        searched,
        Math.min(8, searched));
  }

  /// @param nodes of the fused network
  record Quantized(
      Model model, int nodes, String method, QuantizationReport report, Sensitivity sensitivity) {}

  Quantized quantize(RealNetwork network, long samples) throws IOException {
    Model fused = network.model().copy();
    new RewritePipeline(List.of(new OpsetUpgrade(OPSET))).apply(fused);
    Fusion.standard(BACKEND).apply(fused);
    GeneratedDataset calibration = network.calibration(samples);
    CalibrationTable measured =
        Calibrator.using(BACKEND)
            .threads(2)
            .batchSize(RealNetwork.BATCH)
            .calibrate(fused, QdqPlacement.tensors(fused, options), calibration);
    try (Session exact = BACKEND.open(fused, SessionOptions.DEFAULT)) {
      Reference reference = Reference.running(exact);
      CalibrationTable table = nearest(fused, measured, calibration, reference);
      MetricScore score =
          new MetricScore(
              BACKEND,
              calibration.limit(searched),
              RealNetwork.BATCH,
              network.metric().apply(reference));
      Sensitivity sensitivity =
          SensitivitySearch.using(BACKEND)
              .options(options)
              .search(fused, table, calibration.inputs(compared), goal.apply(score::of));
      Model quantized = fused.copy();
      QuantizationReport report =
          new InsertQdq(table, options.withExcludedNodes(NodeSelection.named(sensitivity.excludedNodes())))
              .apply(quantized);
      return new Quantized(
          quantized, fused.graph().nodes().size(), table.header().method(), report, sensitivity);
    }
  }

  private CalibrationTable nearest(
      Model fused, CalibrationTable measured, GeneratedDataset calibration, Reference reference)
      throws IOException {
    if (methods.size() == 1) {
      return measured.reestimated(methods.getFirst());
    }
    MetricScore fidelity =
        new MetricScore(
            BACKEND, calibration.limit(searched), RealNetwork.BATCH, new TensorFidelity(reference));
    return MethodSelection.of(
            measured,
            methods,
            ranges -> {
              Model quantized = fused.copy();
              new InsertQdq(ranges, options).apply(quantized);
              return fidelity.of(quantized);
            },
            Progress.NONE)
        .table();
  }
}
