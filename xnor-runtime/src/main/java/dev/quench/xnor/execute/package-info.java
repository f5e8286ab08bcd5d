// SPDX-License-Identifier: Apache-2.0
/// The steps of a plan, and the buffers they read and write.
@NullMarked
package dev.quench.xnor.execute;

import org.jspecify.annotations.NullMarked;
