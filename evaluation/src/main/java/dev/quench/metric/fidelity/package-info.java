// SPDX-License-Identifier: Apache-2.0
/// Metrics that compare outputs with those of a reference, without labels.
@NullMarked
package dev.quench.metric.fidelity;

import org.jspecify.annotations.NullMarked;
