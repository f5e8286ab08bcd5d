// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.graph.Node;

/// Quench's custom operators, which a graph contains only during training.
///
/// `Binarize(latent) → quantized, scale`: the latent weights of a layer as −1, +1 (attribute
/// `levels` 2) or −1, 0, +1 (`levels` 3), in the shape of the latent weights, and the scale α
/// `[filters]` that minimizes their distance to the latent weights. `axis` and `group` say where
/// the filters lie ([FilterLayout]); `centre` 1 subtracts the mean over the inputs of a filter
/// first; `stochastic` 1 draws the sign during training.
///
/// `Sign(x) → y`: the sign of an activation with a chosen gradient ([SignGradient], attribute
/// `gradient`), drawn during training if `stochastic` is 1.
///
/// `ShiftBatchNormalization(x, scale, shift, mean, inverse deviation) → y`: see
/// [ShiftNormalization].
///
/// [LowerBinary] replaces all of them with constants and plain ONNX nodes.
public final class TrainingOps {
  /// The domain of these operators.
  public static final String DOMAIN = "dev.quench.training";

  /// Maps latent weights to binary or ternary ones.
  public static final String BINARIZE = "Binarize";

  /// Attribute: number of levels, 2 or 3.
  public static final String LEVELS = "levels";

  /// Attribute: 1 to subtract from each weight the mean over the inputs of its filter.
  public static final String CENTRE = "centre";

  /// Attribute: 1 to draw signs with a probability during training.
  public static final String STOCHASTIC = "stochastic";

  /// Takes the sign of an activation.
  public static final String SIGN = "Sign";

  /// Attribute: the name of a [SignGradient].
  public static final String GRADIENT = "gradient";

  /// Normalizes a batch with factors that are powers of two.
  public static final String SHIFT_NORMALIZATION = "ShiftBatchNormalization";

  private TrainingOps() {}

  /// Whether the node is a [#SIGN].
  public static boolean isSign(Node node) {
    return node.domain().equals(DOMAIN) && node.opType().equals(SIGN);
  }

  /// Whether the node is a [#SHIFT_NORMALIZATION].
  public static boolean isShiftNormalization(Node node) {
    return node.domain().equals(DOMAIN) && node.opType().equals(SHIFT_NORMALIZATION);
  }

  /// Whether the node is a [#BINARIZE].
  public static boolean isBinarize(Node node) {
    return node.domain().equals(DOMAIN) && node.opType().equals(BINARIZE);
  }

  /// Whether a [#BINARIZE] node has three levels.
  public static boolean isTernary(Node binarize) {
    return binarize.intAttribute(LEVELS, 2) == 3;
  }

  /// Whether a [#BINARIZE] node centres the weights.
  public static boolean isCentred(Node binarize) {
    return binarize.intAttribute(CENTRE, 0) != 0;
  }

  /// Whether a node draws signs during training.
  public static boolean isStochastic(Node node) {
    return node.intAttribute(STOCHASTIC, 0) != 0;
  }
}
