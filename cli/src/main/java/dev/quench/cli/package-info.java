// SPDX-License-Identifier: Apache-2.0

/// The command line: commands that read options, call the library and print. No numerics live here.
@NullMarked
package dev.quench.cli;

import org.jspecify.annotations.NullMarked;
