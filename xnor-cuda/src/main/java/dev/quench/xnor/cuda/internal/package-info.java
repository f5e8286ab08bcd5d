// SPDX-License-Identifier: Apache-2.0

/// Layouts, formulas and CUDA's bindings, which only this package uses. Internal to the module.
@NullMarked
package dev.quench.xnor.cuda.internal;

import org.jspecify.annotations.NullMarked;
