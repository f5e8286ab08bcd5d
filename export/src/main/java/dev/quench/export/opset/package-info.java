// SPDX-License-Identifier: Apache-2.0
/// Nodes rewritten for a newer opset.
@NullMarked
package dev.quench.export.opset;

import org.jspecify.annotations.NullMarked;
