// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.graph.Model;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/// Says why nothing in a model can be quantized.
public final class NothingToQuantize {
  private static final int SHOWN = 12;

  private NothingToQuantize() {}

  /// @param prepared for quantization; not modified
  /// @param tensors that need a range
  /// @throws PipelineException with the reasons if there are none
  public static void check(Model prepared, Set<String> tensors) {
    if (tensors.isEmpty()) {
      QuantizationReport report =
          new InsertQdq(_ -> OptionalDouble.empty(), QdqOptions.DEFAULT.withStrict(false))
              .apply(prepared.copy());
      throw because(report);
    }
  }

  /// The error that a report without a quantized layer makes.
  public static PipelineException because(QuantizationReport report) {
    return new PipelineException(reason(report));
  }

  private static String reason(QuantizationReport report) {
    List<LeftFloat> left = report.leftFloat();
    if (left.isEmpty()) {
      return report.notes().isEmpty()
          ? "nothing to quantize: the main graph has no Conv, ConvTranspose, Gemm or MatMul, which INT8 is for"
          : "nothing to quantize: " + String.join("; ", report.notes());
    }
    return "nothing to quantize: all layers stay float: %s%s"
        .formatted(
            left.stream()
                .limit(SHOWN)
                .map(each -> each.node() + " (" + each.reason() + ")")
                .collect(Collectors.joining(", ")),
            left.size() > SHOWN ? " and %d more".formatted(left.size() - SHOWN) : "");
  }
}
