// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.export;

import dev.quench.export.precision.LowerPrecision;
import dev.quench.export.precision.PrecisionReport;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.export.LoweringPlan.Activations;
import dev.quench.run.Progress;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// A model whose FP32 part was lowered.
///
/// @param report what changed
/// @param withoutRange activations that became FP16 although nobody knows whether FP16 holds them
public record LoweredModel(Model model, PrecisionReport report, List<String> withoutRange) {
  /// Lowers a model in place.
  ///
  /// @param progress of finding ranges on data
  /// @throws PipelineException if a table clips
  /// @throws CheckFailedException if the lowered model gives NaN or infinities on the data where
  ///   the model itself does not
  public static LoweredModel lower(Model model, LoweringPlan plan, Progress progress)
      throws IOException {
    Optional<Dataset> data =
        plan.activations() instanceof Activations.On(Dataset given)
            ? Optional.of(given)
            : Optional.empty();
    QuantizationRanges ranges =
        switch (plan.activations()) {
          case Activations.Unknown() -> _ -> OptionalDouble.empty();
          case Activations.InTable(Path file) -> ActivationRanges.read(file, model);
          case Activations.On(Dataset given) -> ActivationRanges.measured(model, given, progress);
        };
    Model exact = data.isEmpty() ? model : model.copy();
    List<Value> unknown = ActivationRanges.unknown(model, ranges);
    PrecisionReport report =
        LowerPrecision.to(plan.to())
            .keeping(NodeSelection.of(plan.kept()))
            .withRanges(ranges)
            .apply(model);
    if (data.isPresent()) {
      Set<String> broken = ActivationRanges.broken(exact, model, data.get());
      if (!broken.isEmpty()) {
        throw new CheckFailedException(
            "in %s the outputs %s hold NaN or infinities on this data, in FP32 they do not; nothing is written. Keep the nodes that overflow in FP32, or use bf16"
                .formatted(plan.to().type(), broken));
      }
    }
    return new LoweredModel(model, report, halves(unknown));
  }

  private static List<String> halves(List<Value> values) {
    return values.stream()
        .filter(value -> value.dataType().equals(Optional.of(DataType.FLOAT16)))
        .map(Value::name)
        .toList();
  }
}
