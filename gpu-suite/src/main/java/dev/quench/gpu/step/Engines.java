// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.report.DriverStop;
import dev.quench.gpu.report.StepPart;
import dev.quench.gpu.report.StepReport;
import dev.quench.graph.Model;
import dev.quench.run.StagedSession;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.execute.RunOptions;
import dev.quench.trt.inspect.BuildReport;

/// Builds engines. In a rehearsal the build stops at the stand-ins for CUDA, and ONNX Runtime takes
/// the engine's place, so that the code after the build is rehearsed too.
final class Engines {
  private static final int WARNINGS = 20;

  private final StepReport report;

  Engines(StepReport report) {
    this.report = report;
  }

  /// @param model the model that `builder` builds
  /// @return the engine; the caller closes it
  /// @throws TensorRtException if the build fails; in a rehearsal, only if it fails before the
  ///   driver
  BuiltEngine build(StepPart part, Model model, EngineBuilder builder) {
    try {
      return new OnGpu(builder.build());
    } catch (TensorRtException e) {
      return standIn(part, model, e);
    }
  }

  private BuiltEngine standIn(StepPart part, Model model, TensorRtException failure) {
    if (!report.isRehearsal() || !DriverStop.isIn(failure)) {
      throw failure;
    }
    part.standsIn();
    return new StandIn(model, failure);
  }

  /// Whether the message of a failure or of one of its causes contains `reason`.
  static boolean isCausedBy(Throwable failure, String reason) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (String.valueOf(cause.getMessage()).contains(reason)) {
        return true;
      }
    }
    return false;
  }

  private record OnGpu(Engine engine) implements BuiltEngine {
    @Override
    public StagedSession session(RunOptions options) {
      return engine.openSession(options);
    }

    @Override
    public void describe(StepPart part) {
      engine.buildReport().ifPresent(report -> describe(part, report));
    }

    private static void describe(StepPart part, BuildReport report) {
      part.put("buildSeconds", report.seconds())
          .put("planBytes", report.planBytes())
          .put("layersByPrecision", report.layers().countsByPrecision())
          .put("warnings", report.warnings().stream().limit(WARNINGS).toList());
    }

    @Override
    public void close() {
      engine.close();
    }
  }

  private record StandIn(Model model, TensorRtException failure) implements BuiltEngine {
    @Override
    public StagedSession session(RunOptions options) {
      return StandInSession.of(model);
    }

    @Override
    public void describe(StepPart part) {
      part.put("standIn", "ONNX Runtime");
    }

    @Override
    public Engine engine() {
      throw failure;
    }

    @Override
    public void close() {}
  }
}
