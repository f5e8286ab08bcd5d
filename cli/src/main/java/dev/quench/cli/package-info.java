// SPDX-License-Identifier: Apache-2.0
/// The root command. Commands read options, call the library and print; no numerics live here.
@NullMarked
package dev.quench.cli;

import org.jspecify.annotations.NullMarked;
