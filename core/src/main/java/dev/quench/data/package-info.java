// SPDX-License-Identifier: Apache-2.0

/// Data sets as batches with labels: images with declared preprocessing and their classes, masks,
/// boxes or texts, IDX, CIFAR-10, `.npy` and `.npz` files, and seeded noise. Everything read here
/// is checked against limits before it is believed.
@NullMarked
package dev.quench.data;

import org.jspecify.annotations.NullMarked;
