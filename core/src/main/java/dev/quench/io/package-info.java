// SPDX-License-Identifier: Apache-2.0
/// Files that are written whole or not at all, and digests.
@NullMarked
package dev.quench.io;

import org.jspecify.annotations.NullMarked;
