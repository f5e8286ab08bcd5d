// SPDX-License-Identifier: Apache-2.0
/// Distillation: losses by which a network learns from a trained one.
@NullMarked
package dev.quench.compress.train.distill;

import org.jspecify.annotations.NullMarked;
