// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeSelection;

/// What of a model runs in integers on ONNX Runtime.
///
/// @param joins whether sums, concatenations and averages between quantized tensors do too
/// @param depthwise whether convolutions with one input channel a group do too
/// @param images whether convolutions of images, of fewer than four channels, do too: ONNX
///   Runtime's integer kernel is slow where it has so few to multiply in a row
/// @param strict whether a missing range is an error; else what needs it stays float
/// @param excludedNodes nodes to leave float
public record OnnxRuntimeOptions(
    boolean joins, boolean depthwise, boolean images, boolean strict, NodeSelection excludedNodes) {
  /// Joins and images in integers, depthwise convolutions float, strict, nothing excluded.
  public static final OnnxRuntimeOptions DEFAULT =
      new OnnxRuntimeOptions(true, false, true, true, NodeSelection.NONE);

  /// All that has an integer kernel: needs the ranges of every other choice.
  public static final OnnxRuntimeOptions WIDEST =
      new OnnxRuntimeOptions(true, true, true, true, NodeSelection.NONE);

  public OnnxRuntimeOptions withJoins(boolean chosen) {
    return new OnnxRuntimeOptions(chosen, depthwise, images, strict, excludedNodes);
  }

  public OnnxRuntimeOptions withDepthwise(boolean chosen) {
    return new OnnxRuntimeOptions(joins, chosen, images, strict, excludedNodes);
  }

  public OnnxRuntimeOptions withImages(boolean chosen) {
    return new OnnxRuntimeOptions(joins, depthwise, chosen, strict, excludedNodes);
  }

  public OnnxRuntimeOptions withStrict(boolean chosen) {
    return new OnnxRuntimeOptions(joins, depthwise, images, chosen, excludedNodes);
  }

  public OnnxRuntimeOptions withExcludedNodes(NodeSelection chosen) {
    return new OnnxRuntimeOptions(joins, depthwise, images, strict, chosen);
  }

  boolean excludes(Node node) {
    return excludedNodes.contains(node);
  }
}
