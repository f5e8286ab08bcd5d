// SPDX-License-Identifier: Apache-2.0
/// Opens the argument of `--data` as a data set: the kind of data, its location and its options.
@NullMarked
package dev.quench.data.source;

import org.jspecify.annotations.NullMarked;
