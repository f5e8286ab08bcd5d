// SPDX-License-Identifier: Apache-2.0

/// ONNX files read into a graph and written from one. The only package that knows protobuf; what
/// Quench does not understand in a model survives the round trip.
@NullMarked
package dev.quench.onnx;

import org.jspecify.annotations.NullMarked;
