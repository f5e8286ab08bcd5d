// SPDX-License-Identifier: Apache-2.0
/// Progress for people: where it goes, when a bar is drawn, what long steps took.
@NullMarked
package dev.quench.cli.progress;

import org.jspecify.annotations.NullMarked;
