// SPDX-License-Identifier: Apache-2.0
/// What has been collected on one part of the data, in an explicit form of bytes, so that parts
/// merge to exactly the whole.
@NullMarked
package dev.quench.run.state;

import org.jspecify.annotations.NullMarked;
