// SPDX-License-Identifier: Apache-2.0
/// Generates the tile classes of the vector kernel, whose sources are checked in, from a template.
@NullMarked
package dev.quench.xnor.kernel.generate;

import org.jspecify.annotations.NullMarked;
