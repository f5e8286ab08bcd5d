// SPDX-License-Identifier: Apache-2.0
/// Runs epochs over data: batches, augmentation, loss, optimizer, schedule, checkpoints,
/// evaluation.
@NullMarked
package dev.quench.compress.train.run;

import org.jspecify.annotations.NullMarked;
