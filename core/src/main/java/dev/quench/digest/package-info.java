// SPDX-License-Identifier: Apache-2.0
/// SHA-256, by which files, models and plans are told apart.
@NullMarked
package dev.quench.digest;

import org.jspecify.annotations.NullMarked;
