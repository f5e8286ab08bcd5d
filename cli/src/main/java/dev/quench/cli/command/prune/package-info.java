// SPDX-License-Identifier: Apache-2.0
/// `prune`: its options and what it prints.
@NullMarked
package dev.quench.cli.command.prune;

import org.jspecify.annotations.NullMarked;
