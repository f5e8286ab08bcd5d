// SPDX-License-Identifier: Apache-2.0
/// How far outputs are from those of a reference, without labels.
@NullMarked
package dev.quench.metric.fidelity;

import org.jspecify.annotations.NullMarked;
