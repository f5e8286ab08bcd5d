// SPDX-License-Identifier: Apache-2.0
/// Concrete data: element types, shapes and dense, sparse or string tensors stored little-endian.
@NullMarked
package dev.quench.tensor;

import org.jspecify.annotations.NullMarked;
