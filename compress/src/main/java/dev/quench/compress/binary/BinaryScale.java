// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

/// Where the sums of a binary or ternary layer are multiplied by the scale α of each filter, the
/// mean of its |w|. Source: Rastegari et al., XNOR-Net, ECCV 2016, section 3.1.
public enum BinaryScale {
  /// Where no BatchNormalization follows, which would undo any scale.
  WHERE_NEEDED,
  /// In every layer, as XNOR-Net and its networks of binary weights do: gradients then pass through
  /// α as well.
  ALWAYS,
  /// Nowhere: weights are −1 and +1 themselves, as in BinaryConnect and BinaryNet.
  NEVER
}
