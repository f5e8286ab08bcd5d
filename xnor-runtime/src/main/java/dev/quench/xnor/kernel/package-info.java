// SPDX-License-Identifier: Apache-2.0

/// The computation on packed bits and NHWC floats. In: a
/// [BinaryConvolution][dev.quench.xnor.kernel.BinaryConvolution] (packed weights, indirection,
/// epilogue) and arrays. Out: arrays. [Kernels][dev.quench.xnor.kernel.Kernels] chooses between
/// plain Java and the Vector API, which only this package knows; the tile classes are generated.
/// Not for use from outside the module.
///
/// Activations lie as NHWC: 32 channels to an `int`, least significant bit first, 1 for −1 and 0
/// for +1, pad bits 0. A row of zeros stands before the pixels of each image; padded taps of a
/// convolution read it.
@NullMarked
package dev.quench.xnor.kernel;

import org.jspecify.annotations.NullMarked;
