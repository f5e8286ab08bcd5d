// SPDX-License-Identifier: Apache-2.0
/// What the loss of a network says of its weights, without training it.
@NullMarked
package dev.quench.compress.train.importance;

import org.jspecify.annotations.NullMarked;
