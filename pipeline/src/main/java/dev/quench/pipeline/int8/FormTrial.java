// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.pipeline.trial.OutputLoss;
import dev.quench.tensor.Tensor;
import java.util.OptionalDouble;

/// What one form of a model reached on a runtime.
public sealed interface FormTrial {
  FormVariant form();

  /// One line for people.
  String verdict();

  /// It ran.
  ///
  /// @param millis median latency of one sample
  /// @param floatMillis that of the float model, measured in turn with it
  /// @param worstCosine of all outputs and samples, to the float model's outputs
  /// @param drop what it loses of the metric's first score, on the samples held back; empty without
  ///   a metric
  record Measured(
      FormVariant form,
      Model model,
      QuantizationReport report,
      double millis,
      double floatMillis,
      double worstCosine,
      OptionalDouble drop)
      implements FormTrial {
    /// Time against that of the float model; less is faster.
    public double ratio() {
      return millis / floatMillis;
    }

    /// Of all constants of the main graph.
    public long weightBytes() {
      return model.graph().initializers().stream()
          .mapToLong(value -> value.constant().map(Tensor::byteSize).orElse(0L))
          .sum();
    }

    /// What it loses in all.
    public OutputLoss loss() {
      return new OutputLoss(worstCosine, drop);
    }

    @Override
    public String verdict() {
      return "%.3f ms, %.2f of FP32's %.3f ms; %s; %d layers in integers; weights of %.1f MB"
          .formatted(
              millis, ratio(), floatMillis, loss(), report.layers().size(), weightBytes() / 1e6);
    }
  }

  /// It changes nothing, or the runtime refuses it.
  ///
  /// @param reason completes "not tried: "
  record Left(FormVariant form, String reason) implements FormTrial {
    @Override
    public String verdict() {
      return "not tried: " + reason;
    }
  }
}
