// SPDX-License-Identifier: Apache-2.0
/// Files that are written whole or not at all, files that are read to their end, and locks between
/// processes.
@NullMarked
package dev.quench.io;

import org.jspecify.annotations.NullMarked;
