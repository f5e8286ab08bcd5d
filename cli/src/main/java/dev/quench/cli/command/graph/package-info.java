// SPDX-License-Identifier: Apache-2.0
/// `quench graph`: edits of a model's graph.
@NullMarked
package dev.quench.cli.command.graph;

import org.jspecify.annotations.NullMarked;
