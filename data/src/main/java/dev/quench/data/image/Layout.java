// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

/// The order of the axes of a batch of images.
public enum Layout {
  /// `[samples, channels, height, width]`
  NCHW,
  /// `[samples, height, width, channels]`
  NHWC
}
