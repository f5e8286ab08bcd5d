// SPDX-License-Identifier: Apache-2.0
/// The whole way of a float model to INT8 for each runtime, in one call.
@NullMarked
package dev.quench.pipeline.int8;

import org.jspecify.annotations.NullMarked;
