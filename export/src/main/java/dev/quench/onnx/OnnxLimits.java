// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

/// Limits beyond which a model file is refused. Every limit must be positive.
///
/// @param fileBytes size of the protobuf file, without external data; protobuf itself ends at 2 GiB
/// @param fields strings, byte strings and messages in the file, counted before any of them is
///   built
/// @param nodes nodes of all graphs and functions together
/// @param tensorBytes size of one tensor
/// @param graphDepth graphs nested in each other, the main graph included
/// @param messageDepth protobuf messages nested in each other
public record OnnxLimits(
    long fileBytes, long fields, long nodes, long tensorBytes, int graphDepth, int messageDepth) {
  /// 2 GiB, 20 million fields, one million nodes, 64 GiB a tensor, 32 graphs and 160 messages deep.
  public static final OnnxLimits DEFAULT =
      new OnnxLimits(Integer.MAX_VALUE, 20_000_000, 1_000_000, 64L << 30, 32, 160);

  public OnnxLimits {
    if (fileBytes < 1
        || fields < 1
        || nodes < 1
        || tensorBytes < 1
        || graphDepth < 1
        || messageDepth < 1) {
      throw new IllegalArgumentException(
          "every limit must be positive, got fileBytes %d, fields %d, nodes %d, tensorBytes %d, graphDepth %d, messageDepth %d"
              .formatted(fileBytes, fields, nodes, tensorBytes, graphDepth, messageDepth));
    }
  }

  public OnnxLimits withFileBytes(long limit) {
    return new OnnxLimits(limit, fields, nodes, tensorBytes, graphDepth, messageDepth);
  }

  public OnnxLimits withNodes(long limit) {
    return new OnnxLimits(fileBytes, fields, limit, tensorBytes, graphDepth, messageDepth);
  }

  public OnnxLimits withTensorBytes(long limit) {
    return new OnnxLimits(fileBytes, fields, nodes, limit, graphDepth, messageDepth);
  }
}
