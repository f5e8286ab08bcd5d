// SPDX-License-Identifier: Apache-2.0

/// Makes models smaller and faster: graph in, graph out. Arithmetic on weights runs in double on
/// ND4J arrays, reached through [dev.quench.compress.TensorArrays].
@NullMarked
package dev.quench.compress;

import org.jspecify.annotations.NullMarked;
