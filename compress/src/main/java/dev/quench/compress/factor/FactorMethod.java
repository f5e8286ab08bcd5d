// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

/// How a layer is split. The weights of a convolution are `[O, C, kh, kw]`, r is the rank.
public enum FactorMethod {
  /// A column `[r, C, kh, 1]`, then a row `[O, r, 1, kw]`. Source: Jaderberg et al., BMVC 2014,
  /// scheme 2.
  SPATIAL,
  /// A kernel `[r, C, kh, kw]`, then `[O, r, 1, 1]`; of a matrix `[C, O]` two of `[C, r]` and `[r,
  /// O]`. Source: Zhang et al., TPAMI 2016, section 3.1, for the weights alone.
  CHANNEL,
  /// `[q, C, 1, 1]`, a core `[p, q, kh, kw]`, then `[O, p, 1, 1]`. Source: Kim et al., ICLR 2016.
  TUCKER
}
