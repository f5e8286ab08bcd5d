// SPDX-License-Identifier: Apache-2.0
/// From two models, or two backends, to figures of how far apart they are.
@NullMarked
package dev.quench.pipeline.compare;

import org.jspecify.annotations.NullMarked;
