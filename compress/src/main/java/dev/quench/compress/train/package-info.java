// SPDX-License-Identifier: Apache-2.0
/// Trains models: runs a graph on libtorch with autograd, fits its weights to labelled data and
/// writes them back. Only this package uses libtorch, which is an optional dependency.
@NullMarked
package dev.quench.compress.train;

import org.jspecify.annotations.NullMarked;
