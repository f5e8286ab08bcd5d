// SPDX-License-Identifier: Apache-2.0
/// Metrics of a model's outputs, with one package per kind. A metric that does not fit the outputs
/// or the labels gives a one-line error.
@NullMarked
package dev.quench.metric;

import org.jspecify.annotations.NullMarked;
