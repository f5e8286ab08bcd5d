// SPDX-License-Identifier: Apache-2.0
/// Engines found again by their key instead of being built anew.
@NullMarked
package dev.quench.trt.cache;

import org.jspecify.annotations.NullMarked;
