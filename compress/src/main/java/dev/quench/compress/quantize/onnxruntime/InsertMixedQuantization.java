// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.run.QuantizationRanges;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Both forms for ONNX Runtime in one model: chosen products and tables as
/// [InsertDynamicQuantization] makes them, all else as [InsertOnnxRuntimeQdq] does. Immutable.
public final class InsertMixedQuantization implements Transformation<QuantizationReport> {
  private final QuantizationRanges ranges;
  private final OnnxRuntimeOptions options;
  private final List<String> dynamic;

  /// @param options of the static form
  /// @param dynamic patterns of a [NodeSelection] of the products and tables whose ranges are found
  ///   anew in each inference; what else they match stays float
  public InsertMixedQuantization(
      QuantizationRanges ranges, OnnxRuntimeOptions options, Collection<String> dynamic) {
    this.ranges = ranges;
    this.options = options;
    this.dynamic = List.copyOf(dynamic);
  }

  @Override
  public String name() {
    return "insert-mixed-quantization";
  }

  /// Edits `model` in place and says what was done.
  ///
  /// @throws IllegalArgumentException if the opset is older than 13, or a range is negative, NaN or
  ///   infinite
  /// @throws dev.quench.compress.quantize.MissingRangesException if a range is missing and the
  ///   options are strict; the model is not edited then
  @Override
  public QuantizationReport apply(Model model) {
    if (dynamic.isEmpty()) {
      return new InsertOnnxRuntimeQdq(ranges, options).apply(model);
    }
    if (QdqPlacement.isQuantized(model.graph())) {
      return QuantizationReport.alreadyQuantized();
    }
    QuantizationReport integer =
        new InsertOnnxRuntimeQdq(
                ranges, options.withExcludedNodes(options.excludedNodes().and(dynamic)))
            .apply(model);
    QuantizationReport found =
        new InsertDynamicQuantization(NodeSelection.of(List.of(), dynamic)).insert(model);
    List<String> layers = new ArrayList<>(integer.layers());
    layers.addAll(found.layers());
    Set<String> quantized = new HashSet<>(layers);
    List<LeftFloat> left =
        integer.leftFloat().stream().filter(each -> !quantized.contains(each.node())).toList();
    return new QuantizationReport(layers, integer.activations(), left, integer.notes());
  }
}
