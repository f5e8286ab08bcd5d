// SPDX-License-Identifier: Apache-2.0

/// Layouts, formulas and the bindings of CUDA, and nothing else in this module knows those.
/// Internal: not for use outside this module.
@NullMarked
package dev.quench.xnor.cuda.internal;

import org.jspecify.annotations.NullMarked;
