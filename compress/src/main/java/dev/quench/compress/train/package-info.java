// SPDX-License-Identifier: Apache-2.0
/// Training: a graph is run by libtorch with autograd, its weights are fitted to labelled data and
/// written back. The only package that knows libtorch, which is an optional dependency.
@NullMarked
package dev.quench.compress.train;

import org.jspecify.annotations.NullMarked;
