// SPDX-License-Identifier: Apache-2.0
/// The calibration table: ranges with the hashes that tie them to model and data. Its files,
/// merging and comparison.
@NullMarked
package dev.quench.calibration.table;

import org.jspecify.annotations.NullMarked;
