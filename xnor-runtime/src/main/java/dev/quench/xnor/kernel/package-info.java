// SPDX-License-Identifier: Apache-2.0

/// Computes on packed bits and NHWC floats. In: a
/// [BinaryConvolution][dev.quench.xnor.kernel.BinaryConvolution] (packed weights, indirection,
/// epilogue) and arrays. Out: arrays. [Kernels][dev.quench.xnor.kernel.Kernels] chooses between
/// plain Java and the Vector API, which only this package uses; the tile classes are generated.
/// Internal to the module.
///
/// Activations are NHWC: 32 channels per `int`, least significant bit first, 1 for −1 and 0 for +1,
/// pad bits 0. A row of zeros precedes the pixels of each image; padded taps of a convolution read
/// it.
@NullMarked
package dev.quench.xnor.kernel;

import org.jspecify.annotations.NullMarked;
