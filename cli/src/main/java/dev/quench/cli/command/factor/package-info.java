// SPDX-License-Identifier: Apache-2.0
/// `factor`: its options and what it prints.
@NullMarked
package dev.quench.cli.command.factor;

import org.jspecify.annotations.NullMarked;
