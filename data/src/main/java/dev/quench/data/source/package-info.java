// SPDX-License-Identifier: Apache-2.0
/// What `--data` names, opened as a data set: the kind of data, its place and the options that
/// apply.
@NullMarked
package dev.quench.data.source;

import org.jspecify.annotations.NullMarked;
