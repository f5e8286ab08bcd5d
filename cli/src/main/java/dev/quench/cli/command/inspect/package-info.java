// SPDX-License-Identifier: Apache-2.0
/// What `quench inspect` says of costs, as tables and as JSON.
@NullMarked
package dev.quench.cli.command.inspect;

import org.jspecify.annotations.NullMarked;
