// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.blockwise;

import dev.quench.graph.pattern.NodeSelection;

/// How weights are stored in blocks.
///
/// @param type of the weights
/// @param blockSize consecutive weights of one output channel that share a scale, 2 or more
/// @param clipped whether a scale may be smaller than the largest weight of its block asks for,
///   where that lowers the sum of squared errors
/// @param forTensorRt whether only what TensorRT imports is written: whole blocks, an even number
///   of weights, no tables
/// @param excludedNodes nodes to leave float
public record BlockwiseOptions(
    BlockWeightType type,
    int blockSize,
    boolean clipped,
    boolean forTensorRt,
    NodeSelection excludedNodes) {
  public static final int USUAL_BLOCK_SIZE = 32;

  /// ONNX Runtime refuses larger blocks.
  public static final int LARGEST_FOR_ONNX_RUNTIME = 256;

  private static final int SMALLEST_FUSED = 16;

  /// @throws IllegalArgumentException if the block size is below 2
  public BlockwiseOptions {
    if (blockSize < 2) {
      throw new IllegalArgumentException("a block must hold 2 weights or more, got " + blockSize);
    }
  }

  /// Blocks of 32, clipped, for ONNX Runtime, nothing excluded.
  public static BlockwiseOptions of(BlockWeightType type) {
    return new BlockwiseOptions(type, USUAL_BLOCK_SIZE, true, false, NodeSelection.NONE);
  }

  /// Whether ONNX Runtime multiplies by these blocks directly; else it dequantizes the weights in
  /// each inference.
  boolean isFusedByOnnxRuntime() {
    return Integer.bitCount(blockSize) == 1
        && blockSize >= SMALLEST_FUSED
        && blockSize <= LARGEST_FOR_ONNX_RUNTIME;
  }

  public BlockwiseOptions withBlockSize(int chosen) {
    return new BlockwiseOptions(type, chosen, clipped, forTensorRt, excludedNodes);
  }

  public BlockwiseOptions withClipped(boolean chosen) {
    return new BlockwiseOptions(type, blockSize, chosen, forTensorRt, excludedNodes);
  }

  public BlockwiseOptions withForTensorRt(boolean chosen) {
    return new BlockwiseOptions(type, blockSize, clipped, chosen, excludedNodes);
  }

  public BlockwiseOptions withExcludedNodes(NodeSelection chosen) {
    return new BlockwiseOptions(type, blockSize, clipped, forTensorRt, chosen);
  }
}
