// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeSelection;

/// Where and how `QuantizeLinear` and `DequantizeLinear` are placed.
///
/// @param weightsAsInt8 weights become INT8 initializers with a `DequantizeLinear`; else they stay
///   float with both nodes
/// @param shareConcatScales one scale for all quantized tensors that a `Concat` joins
/// @param quantizeResiduals the skip input of a residual `Add` is quantized
/// @param quantizePooling the input of an average pooling between two quantized layers is quantized
/// @param quantizeDepthwise also convolutions with one input channel a group; see [#DEFAULT]
/// @param quantizeSmallLayers also layers that TensorRT runs no faster in INT8: products with fewer
///   than 16 rows or columns, convolutions with fewer than 16 channels on both sides, grouped ones
///   whose output channels are not a multiple of 8 or whose kernel is smaller than 3
/// @param strict a missing range is an error; else what needs it stays float
/// @param excludedNodes nodes to leave float
/// @param swappedResiduals residual sums of which the branch is quantized and the skip is not
public record QdqOptions(
    boolean weightsAsInt8,
    boolean shareConcatScales,
    boolean quantizeResiduals,
    boolean quantizePooling,
    boolean quantizeDepthwise,
    boolean quantizeSmallLayers,
    boolean strict,
    NodeSelection excludedNodes,
    NodeSelection swappedResiduals) {
  /// INT8 weights, shared scales at `Concat`, residuals and pooling quantized, depthwise and small
  /// layers float, strict, nothing excluded.
  ///
  /// Depthwise convolutions do no work for tensor cores, and one scale for channels that nothing
  /// mixes is what INT8 networks lose most by: PP-OCR v3 recognition, with ranges by min-max, keeps
  /// a cosine of 0.999 to its float output without them and 0.65 with them.
  public static final QdqOptions DEFAULT =
      new QdqOptions(
          true, true, true, true, false, false, true, NodeSelection.NONE, NodeSelection.NONE);

  public QdqOptions withWeightsAsInt8(boolean chosen) {
    return new QdqOptions(
        chosen,
        shareConcatScales,
        quantizeResiduals,
        quantizePooling,
        quantizeDepthwise,
        quantizeSmallLayers,
        strict,
        excludedNodes,
        swappedResiduals);
  }

  public QdqOptions withSharedConcatScales(boolean chosen) {
    return new QdqOptions(
        weightsAsInt8,
        chosen,
        quantizeResiduals,
        quantizePooling,
        quantizeDepthwise,
        quantizeSmallLayers,
        strict,
        excludedNodes,
        swappedResiduals);
  }

  public QdqOptions withResiduals(boolean chosen) {
    return new QdqOptions(
        weightsAsInt8,
        shareConcatScales,
        chosen,
        quantizePooling,
        quantizeDepthwise,
        quantizeSmallLayers,
        strict,
        excludedNodes,
        swappedResiduals);
  }

  public QdqOptions withPooling(boolean chosen) {
    return new QdqOptions(
        weightsAsInt8,
        shareConcatScales,
        quantizeResiduals,
        chosen,
        quantizeDepthwise,
        quantizeSmallLayers,
        strict,
        excludedNodes,
        swappedResiduals);
  }

  public QdqOptions withDepthwise(boolean chosen) {
    return new QdqOptions(
        weightsAsInt8,
        shareConcatScales,
        quantizeResiduals,
        quantizePooling,
        chosen,
        quantizeSmallLayers,
        strict,
        excludedNodes,
        swappedResiduals);
  }

  public QdqOptions withSmallLayers(boolean chosen) {
    return new QdqOptions(
        weightsAsInt8,
        shareConcatScales,
        quantizeResiduals,
        quantizePooling,
        quantizeDepthwise,
        chosen,
        strict,
        excludedNodes,
        swappedResiduals);
  }

  public QdqOptions withStrict(boolean chosen) {
    return new QdqOptions(
        weightsAsInt8,
        shareConcatScales,
        quantizeResiduals,
        quantizePooling,
        quantizeDepthwise,
        quantizeSmallLayers,
        chosen,
        excludedNodes,
        swappedResiduals);
  }

  public QdqOptions withExcludedNodes(NodeSelection chosen) {
    return new QdqOptions(
        weightsAsInt8,
        shareConcatScales,
        quantizeResiduals,
        quantizePooling,
        quantizeDepthwise,
        quantizeSmallLayers,
        strict,
        chosen,
        swappedResiduals);
  }

  public QdqOptions withSwappedResiduals(NodeSelection chosen) {
    return new QdqOptions(
        weightsAsInt8,
        shareConcatScales,
        quantizeResiduals,
        quantizePooling,
        quantizeDepthwise,
        quantizeSmallLayers,
        strict,
        excludedNodes,
        chosen);
  }

  boolean excludes(Node node) {
    return excludedNodes.contains(node);
  }
}
