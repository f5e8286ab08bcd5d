// SPDX-License-Identifier: Apache-2.0
/// One class a command.
@NullMarked
package dev.quench.cli.command;

import org.jspecify.annotations.NullMarked;
