// SPDX-License-Identifier: Apache-2.0
/// From a model to the form of a target: dimensions, precision, and what the target would refuse.
@NullMarked
package dev.quench.pipeline.export;

import org.jspecify.annotations.NullMarked;
