// SPDX-License-Identifier: Apache-2.0
/// The report of a training run as one HTML page.
@NullMarked
package dev.quench.pipeline.training;

import org.jspecify.annotations.NullMarked;
