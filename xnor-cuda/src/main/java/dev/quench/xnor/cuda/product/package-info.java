// SPDX-License-Identifier: Apache-2.0
/// Computes binary matrix products and convolutions on NVIDIA GPUs: exact integer sums of products
/// of values −1 and +1, by population count on every GPU and on the tensor cores from compute
/// capability 8.0 on. Without GPU, driver or library it reports the missing part and never crashes.
@NullMarked
package dev.quench.xnor.cuda.product;

import org.jspecify.annotations.NullMarked;
