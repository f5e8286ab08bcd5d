// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

/// The gradient that passes through the sign of an activation x in training.
public enum SignGradient {
  /// 1 where −1 < x < 1, else 0. Source: Hubara et al., Binarized Neural Networks, NIPS 2016, eq.
  /// 4.
  CLIPPED,
  /// 2 − 2 |x| where −1 < x < 1, else 0: nearer to the derivative of the sign. Source: Liu et al.,
  /// Bi-Real Net, ECCV 2018, eq. 5.
  POLYNOMIAL
}
