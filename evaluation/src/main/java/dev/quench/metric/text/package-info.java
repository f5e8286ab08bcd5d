// SPDX-License-Identifier: Apache-2.0
/// Detection and recognition of text.
@NullMarked
package dev.quench.metric.text;

import org.jspecify.annotations.NullMarked;
