// SPDX-License-Identifier: Apache-2.0

/// JMH benchmarks. Each compares two sides in one run; no figure stands alone.
@NullMarked
package dev.quench.bench;

import org.jspecify.annotations.NullMarked;
