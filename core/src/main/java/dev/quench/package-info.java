// SPDX-License-Identifier: Apache-2.0
/// What all modules share: the base class of errors whose message is written for users.
@NullMarked
package dev.quench;

import org.jspecify.annotations.NullMarked;
