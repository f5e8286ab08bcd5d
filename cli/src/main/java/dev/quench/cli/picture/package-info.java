// SPDX-License-Identifier: Apache-2.0
/// A picture as input on the command line, and what is printed of the answer.
@NullMarked
package dev.quench.cli.picture;

import org.jspecify.annotations.NullMarked;
