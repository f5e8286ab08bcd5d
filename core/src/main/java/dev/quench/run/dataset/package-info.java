// SPDX-License-Identifier: Apache-2.0
/// Samples with their labels, as calibration, training and evaluation read them: batches in a fixed
/// order, and the digest that names them. How data are read is in the module `data`.
@NullMarked
package dev.quench.run.dataset;

import org.jspecify.annotations.NullMarked;
