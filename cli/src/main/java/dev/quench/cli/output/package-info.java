// SPDX-License-Identifier: Apache-2.0
/// What all commands share of output: the base of a command, text, JSON, errors and exit codes.
@NullMarked
package dev.quench.cli.output;

import org.jspecify.annotations.NullMarked;
