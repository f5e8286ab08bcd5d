// SPDX-License-Identifier: Apache-2.0
/// Finds what can run on bits in an ordinary ONNX graph: layers, signs, thresholds, shuffles.
@NullMarked
package dev.quench.xnor.recognize;

import org.jspecify.annotations.NullMarked;
