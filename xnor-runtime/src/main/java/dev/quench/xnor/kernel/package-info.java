// SPDX-License-Identifier: Apache-2.0

/// Packed bits, the kernels that compute on them in plain Java and by the Vector API, and the steps
/// that a plan is made of. The only package that knows the Vector API; not for use from outside.
///
/// Activations lie as NHWC: 32 channels to an `int`, least significant bit first, 1 for −1 and 0
/// for +1, pad bits 0. A row of zeros stands before the pixels of each image; padded taps of a
/// convolution read it.
@NullMarked
package dev.quench.xnor.kernel;

import org.jspecify.annotations.NullMarked;
