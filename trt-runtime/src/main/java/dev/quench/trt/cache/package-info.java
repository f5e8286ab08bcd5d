// SPDX-License-Identifier: Apache-2.0
/// Reuses built engines, looked up by their key.
@NullMarked
package dev.quench.trt.cache;

import org.jspecify.annotations.NullMarked;
