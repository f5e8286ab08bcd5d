// SPDX-License-Identifier: Apache-2.0
/// Free and fixed dimensions of the inputs, followed through the graph.
@NullMarked
package dev.quench.export.dimension;

import org.jspecify.annotations.NullMarked;
