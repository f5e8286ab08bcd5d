// SPDX-License-Identifier: Apache-2.0
/// What every room of the house shares: the root of the errors that are meant for a person to read.
@NullMarked
package dev.quench;

import org.jspecify.annotations.NullMarked;
