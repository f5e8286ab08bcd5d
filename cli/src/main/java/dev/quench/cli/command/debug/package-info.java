// SPDX-License-Identifier: Apache-2.0
/// `quench debug`: finds what makes a model fail.
@NullMarked
package dev.quench.cli.command.debug;

import org.jspecify.annotations.NullMarked;
