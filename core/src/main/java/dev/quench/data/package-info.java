// SPDX-License-Identifier: Apache-2.0

/// Data sets as batches with labels: IDX, `.npy` and `.npz` files, images with declared
/// preprocessing, and the bundled sample. Everything read here is checked against limits before it
/// is believed.
@NullMarked
package dev.quench.data;

import org.jspecify.annotations.NullMarked;
