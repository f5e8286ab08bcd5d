// SPDX-License-Identifier: Apache-2.0
/// Quantizers on libtorch tensors with the gradients that training uses, and the observers of their
/// ranges.
@NullMarked
package dev.quench.compress.train.estimator;

import org.jspecify.annotations.NullMarked;
