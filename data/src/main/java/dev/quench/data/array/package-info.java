// SPDX-License-Identifier: Apache-2.0
/// Data sets in arrays: `.npy` and `.npz`, IDX (MNIST, Fashion-MNIST), CIFAR-10, tensors in memory
/// and seeded noise.
@NullMarked
package dev.quench.data.array;

import org.jspecify.annotations.NullMarked;
