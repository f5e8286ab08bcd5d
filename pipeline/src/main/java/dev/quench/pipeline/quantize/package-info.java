// SPDX-License-Identifier: Apache-2.0
/// From a model and ranges to a model with Q/DQ nodes that keeps a bound on the loss.
@NullMarked
package dev.quench.pipeline.quantize;

import org.jspecify.annotations.NullMarked;
