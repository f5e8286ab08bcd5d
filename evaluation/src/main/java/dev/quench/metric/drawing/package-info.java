// SPDX-License-Identifier: Apache-2.0
/// Draws what a model found onto its image, with the same pixels on every machine.
@NullMarked
package dev.quench.metric.drawing;

import org.jspecify.annotations.NullMarked;
