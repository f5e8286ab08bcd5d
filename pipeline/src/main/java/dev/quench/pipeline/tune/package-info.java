// SPDX-License-Identifier: Apache-2.0
/// Searches, region by region, for the quantization of a model that is fastest on one runtime
/// within a bound on the loss. Each variant is measured there; nothing is estimated.
@NullMarked
package dev.quench.pipeline.tune;

import org.jspecify.annotations.NullMarked;
