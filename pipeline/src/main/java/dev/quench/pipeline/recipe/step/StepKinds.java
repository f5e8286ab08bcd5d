// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import java.util.List;
import java.util.stream.Collectors;

/// All kinds of steps.
public final class StepKinds {
  private static final List<StepKind> ALL =
      List.of(
          new TrainStep(TrainStep.Mode.NEW),
          new TrainStep(TrainStep.Mode.SPARSE),
          new TrainStep(TrainStep.Mode.TUNED),
          new TrainStep(TrainStep.Mode.TAUGHT),
          new PruneStep(),
          new QatStep(),
          new PtqStep(),
          new QaftStep(),
          new OptimizeStep(),
          new CalibrateStep(),
          new QuantizeStep(),
          new ExportStep(),
          new EvalStep());

  private StepKinds() {}

  public static List<StepKind> all() {
    return ALL;
  }

  /// @throws IllegalArgumentException if the name is unknown; lists the known ones
  public static StepKind named(String name) {
    return ALL.stream()
        .filter(kind -> kind.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown step '%s'; expected one of %s"
                    .formatted(
                        name, ALL.stream().map(StepKind::name).collect(Collectors.joining(", ")))));
  }
}
