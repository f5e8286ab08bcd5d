// SPDX-License-Identifier: Apache-2.0
/// Accuracy of classifiers.
@NullMarked
package dev.quench.metric.classification;

import org.jspecify.annotations.NullMarked;
