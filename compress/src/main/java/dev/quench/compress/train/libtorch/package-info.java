// SPDX-License-Identifier: Apache-2.0
/// Loads libtorch, and creates and copies its tensors.
@NullMarked
package dev.quench.compress.train.libtorch;

import org.jspecify.annotations.NullMarked;
