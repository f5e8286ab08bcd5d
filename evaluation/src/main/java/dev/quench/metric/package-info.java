// SPDX-License-Identifier: Apache-2.0
/// Metrics that judge the outputs of a model; each kind has a package. A metric says in one line
/// when it does not fit the outputs or the labels.
@NullMarked
package dev.quench.metric;

import org.jspecify.annotations.NullMarked;
