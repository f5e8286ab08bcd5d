// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.QuantizationScheme;
import dev.quench.compress.quantize.blockwise.BlockwiseOptions;
import dev.quench.compress.quantize.blockwise.InsertBlockwiseWeights;
import dev.quench.compress.quantize.onnxruntime.InsertDynamicQuantization;
import dev.quench.compress.quantize.onnxruntime.InsertOnnxRuntimeQdq;
import dev.quench.compress.quantize.onnxruntime.OnnxRuntimeOptions;
import dev.quench.compress.quantize.onnxruntime.OnnxRuntimeScheme;
import dev.quench.compress.quantize.onnxruntime.StoreInt8Weights;
import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.run.QuantizationRanges;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The form that Q/DQ nodes take: each runtime fuses one, and runs the other slower than FP32.
public sealed interface QuantizedForm {
  /// Signed activations with zero point 0, on the inputs of layers.
  record TensorRt(QdqOptions options) implements QuantizedForm {
    @Override
    public Set<String> tensors(Model prepared) {
      return QdqPlacement.tensors(prepared, options);
    }

    @Override
    public QuantizationReport insert(QuantizationRanges ranges, Model prepared) {
      return new InsertQdq(ranges, options).apply(prepared);
    }

    @Override
    public QuantizedForm excluding(Collection<String> patterns) {
      return new TensorRt(options.withExcludedNodes(options.excludedNodes().and(patterns)));
    }

    @Override
    public String target() {
      return "tensorrt";
    }

    @Override
    public Optional<QuantizationScheme> scheme() {
      return Optional.of(new QuantizationScheme.Qdq(options));
    }
  }

  /// Unsigned activations with a zero point, on the outputs of layers too, INT32 biases.
  record OnnxRuntime(OnnxRuntimeOptions options) implements QuantizedForm {
    @Override
    public Set<String> tensors(Model prepared) {
      return InsertOnnxRuntimeQdq.tensors(prepared, options);
    }

    @Override
    public QuantizationReport insert(QuantizationRanges ranges, Model prepared) {
      return new InsertOnnxRuntimeQdq(ranges, options).apply(prepared);
    }

    @Override
    public String toString() {
      return "static, %s, depthwise %s%s"
          .formatted(
              options.joins() ? "joins in integers" : "joins float",
              options.depthwise() ? "in integers" : "float",
              options.images() ? "" : ", images float");
    }

    @Override
    public QuantizedForm excluding(Collection<String> patterns) {
      return new OnnxRuntime(options.withExcludedNodes(options.excludedNodes().and(patterns)));
    }

    @Override
    public String target() {
      return "onnxruntime";
    }

    @Override
    public Optional<QuantizationScheme> scheme() {
      return Optional.of(new OnnxRuntimeScheme(options));
    }
  }

  /// Products in integers whose ranges are found anew in each inference, for ONNX Runtime; needs no
  /// calibrated ranges.
  record Dynamic(NodeSelection excludedNodes) implements QuantizedForm {
    @Override
    public Set<String> tensors(Model prepared) {
      return Set.of();
    }

    @Override
    public QuantizationReport insert(QuantizationRanges ranges, Model prepared) {
      return new InsertDynamicQuantization(excludedNodes).apply(prepared);
    }

    @Override
    public QuantizedForm excluding(Collection<String> patterns) {
      return new Dynamic(excludedNodes.and(patterns));
    }

    @Override
    public String target() {
      return "onnxruntime";
    }

    @Override
    public Optional<QuantizationScheme> scheme() {
      return Optional.empty();
    }

    @Override
    public String toString() {
      return "dynamic";
    }
  }

  /// Weights alone in 4 or 8 bits, one scale for each block of them; needs no calibrated ranges,
  /// and opset 21, to which it raises the model.
  record Blockwise(BlockwiseOptions options) implements QuantizedForm {
    @Override
    public Set<String> tensors(Model prepared) {
      return Set.of();
    }

    @Override
    public QuantizationReport insert(QuantizationRanges ranges, Model prepared) {
      OpsetUpgrade upgrade = new OpsetUpgrade(InsertBlockwiseWeights.OPSET);
      if (upgrade.isNeeded(prepared)) {
        new RewritePipeline(List.of(upgrade)).apply(prepared);
      }
      return new InsertBlockwiseWeights(options).apply(prepared);
    }

    @Override
    public QuantizedForm excluding(Collection<String> patterns) {
      return new Blockwise(options.withExcludedNodes(options.excludedNodes().and(patterns)));
    }

    @Override
    public String target() {
      return options.forTensorRt() ? "tensorrt" : "onnxruntime";
    }

    @Override
    public Optional<QuantizationScheme> scheme() {
      return Optional.empty();
    }

    @Override
    public String toString() {
      return "weights alone, %s in blocks of %d".formatted(options.type(), options.blockSize());
    }
  }

  /// Weights in INT8 for the file alone, arithmetic in float, for ONNX Runtime; needs no ranges.
  record Weights(NodeSelection excludedNodes) implements QuantizedForm {
    @Override
    public Set<String> tensors(Model prepared) {
      return Set.of();
    }

    @Override
    public QuantizationReport insert(QuantizationRanges ranges, Model prepared) {
      return new StoreInt8Weights(excludedNodes).apply(prepared);
    }

    @Override
    public QuantizedForm excluding(Collection<String> patterns) {
      return new Weights(excludedNodes.and(patterns));
    }

    @Override
    public String target() {
      return "onnxruntime";
    }

    @Override
    public Optional<QuantizationScheme> scheme() {
      return Optional.empty();
    }

    @Override
    public String toString() {
      return "weights alone, arithmetic float";
    }
  }

  /// What TensorRT fuses best.
  QuantizedForm TENSORRT = new TensorRt(QdqOptions.DEFAULT);

  /// What ONNX Runtime's CPU provider fuses best.
  QuantizedForm ONNX_RUNTIME = new OnnxRuntime(OnnxRuntimeOptions.DEFAULT);

  /// Names of the tensors that need a range, in graph order.
  Set<String> tensors(Model prepared);

  /// Inserts the nodes in place.
  ///
  /// @throws dev.quench.QuenchException if a range is missing
  QuantizationReport insert(QuantizationRanges ranges, Model prepared);

  /// This form with the nodes that any of `patterns` matches left float too.
  ///
  /// @param patterns as of [dev.quench.graph.pattern.NodeSelection]
  QuantizedForm excluding(Collection<String> patterns);

  /// The target that it is for, as on the command line.
  String target();

  /// How layers are left float until a bound holds; empty for a form without calibrated ranges.
  Optional<QuantizationScheme> scheme();
}
