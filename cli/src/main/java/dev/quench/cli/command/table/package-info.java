// SPDX-License-Identifier: Apache-2.0
/// `quench table`: what is done with calibration tables without model or data.
@NullMarked
package dev.quench.cli.command.table;

import org.jspecify.annotations.NullMarked;
