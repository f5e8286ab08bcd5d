// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import dev.quench.run.dataset.ImageGeometry;
import dev.quench.tensor.Tensor;

/// One image as a model's input.
///
/// @param image as it was decoded, for drawing on
/// @param tensor `[1, C, H, W]` or `[1, H, W, C]`, as declared
/// @param geometry maps pixels of `image` to those of the input and back
public record ImageInput(RawImage image, Tensor tensor, ImageGeometry geometry) {}
