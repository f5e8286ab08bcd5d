// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.gpu.report.Bar;
import dev.quench.gpu.report.StepPart;
import dev.quench.gpu.report.StepReport;
import dev.quench.graph.Model;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.trt.TacticSource;
import dev.quench.trt.build.EngineBuilder;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/// Does the classifier build in FP32 and TF32, for which the redist jar lacks native kernels, and
/// if not, what helps?
public final class FloatStep implements GpuStep {
  private static final Bar FP32_COSINE = Bar.atLeast(0.999999);

  @Override
  public void run(StepReport report) throws IOException {
    Model model = PreparedFolder.current().model(Network.NIN, Variant.FLOAT);
    Engines engines = new Engines(report);
    AtomicBoolean failed = new AtomicBoolean(report.isRehearsal());
    for (Precision precision : new Precision[] {Precision.FP32, Precision.TF32}) {
      report.part(
          precision.name(),
          part -> {
            try {
              agree(engines, part, model, precision, EnumSet.noneOf(TacticSource.class));
            } catch (RuntimeException e) {
              failed.set(true);
              throw e;
            }
          });
    }
    if (failed.get()) {
      report.part(
          "FP32 with the resource linked as one of sm_90",
          part -> {
            try (LinkedResource libraries = LinkedResource.make()) {
              SecondProcess.start(BuildMain.class, libraries.environment(), libraries.options())
                  .into(part);
            }
          });
      report.part(
          "FP32 with all tactic sources",
          part -> agree(engines, part, model, Precision.FP32, EnumSet.allOf(TacticSource.class)));
    }
  }

  private static void agree(
      Engines engines, StepPart part, Model model, Precision precision, Set<TacticSource> sources)
      throws IOException {
    try (BuiltEngine engine =
            engines.build(
                part,
                model,
                EngineBuilder.of(model)
                    .precision(precision)
                    .tacticSources(sources)
                    .batch(1, Agreement.BATCH, Agreement.BATCH));
        Session session = engine.session()) {
      engine.describe(part);
      Agreement.ofClassifier(
          part,
          session,
          Variant.FLOAT,
          precision == Precision.FP32 ? FP32_COSINE : Agreement.FP16_COSINE);
    }
  }
}
