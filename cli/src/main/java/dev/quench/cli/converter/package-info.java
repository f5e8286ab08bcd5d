// SPDX-License-Identifier: Apache-2.0
/// Texts of the command line as values: shapes, ranges, shares, shards.
@NullMarked
package dev.quench.cli.converter;

import org.jspecify.annotations.NullMarked;
