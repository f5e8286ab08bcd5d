// SPDX-License-Identifier: Apache-2.0
/// The options of `train`, in groups.
@NullMarked
package dev.quench.cli.training;

import org.jspecify.annotations.NullMarked;
