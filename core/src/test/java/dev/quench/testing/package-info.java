// SPDX-License-Identifier: Apache-2.0

/// A small harness for properties: claims that must hold for every seeded case.
@NullMarked
package dev.quench.testing;

import org.jspecify.annotations.NullMarked;
