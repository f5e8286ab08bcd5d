// SPDX-License-Identifier: Apache-2.0
/// Seeded search for models that end the process, hang, or come out wrong.
@NullMarked
package dev.quench.fuzz;

import org.jspecify.annotations.NullMarked;
