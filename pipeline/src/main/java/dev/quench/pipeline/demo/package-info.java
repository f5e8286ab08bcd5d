// SPDX-License-Identifier: Apache-2.0
/// The whole way on small networks, as an example of how the recipes go together.
@NullMarked
package dev.quench.pipeline.demo;

import org.jspecify.annotations.NullMarked;
