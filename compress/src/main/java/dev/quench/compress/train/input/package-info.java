// SPDX-License-Identifier: Apache-2.0
/// Contrast normalization and whitening of a network's input, as layers of the network.
@NullMarked
package dev.quench.compress.train.input;

import org.jspecify.annotations.NullMarked;
