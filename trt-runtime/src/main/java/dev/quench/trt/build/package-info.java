// SPDX-License-Identifier: Apache-2.0
/// Builds engines: precision, profiles, INT8 explicit and implicit, timing cache.
@NullMarked
package dev.quench.trt.build;

import org.jspecify.annotations.NullMarked;
