// SPDX-License-Identifier: Apache-2.0
/// Help on the terminal, as man pages and as shell completion, from the declarations of the
/// commands.
@NullMarked
package dev.quench.cli.help;

import org.jspecify.annotations.NullMarked;
