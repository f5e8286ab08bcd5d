// SPDX-License-Identifier: Apache-2.0
/// Options that several commands share, and what they name: models, data, backends, metrics.
@NullMarked
package dev.quench.cli.option;

import org.jspecify.annotations.NullMarked;
