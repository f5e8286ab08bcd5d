// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.binary.WeightBits;

/// What a network of the zoo is built for.
///
/// @param classes outputs
/// @param channels of the input images
/// @param height of the input images
/// @param width of the input images
/// @param widthMultiplier factor of the numbers of channels and features, which are rounded to
///   whole numbers (where a network groups channels, to multiples of what it needs)
/// @param weights of the layers between the first and the last, which are always float
/// @param binaryActivations whether inner layers read signs, ±1, in place of rectified values
/// @param shortcuts whether layers of equal shape on both sides add what they read to what they
///   give; only where the network leaves the choice ([Architecture#VGG_SMALL])
/// @param seed of the initial weights
public record NetworkOptions(
    int classes,
    int channels,
    int height,
    int width,
    double widthMultiplier,
    WeightBits weights,
    boolean binaryActivations,
    boolean shortcuts,
    long seed) {
  /// For ten classes of grey images of 28 × 28: MNIST and Fashion-MNIST; float, with shortcuts.
  public static final NetworkOptions MNIST =
      new NetworkOptions(10, 1, 28, 28, 1, WeightBits.FLOAT, false, true, 1);

  /// For ten classes of coloured images of 32 × 32: CIFAR-10; float, with shortcuts.
  public static final NetworkOptions CIFAR =
      new NetworkOptions(10, 3, 32, 32, 1, WeightBits.FLOAT, false, true, 1);

  public NetworkOptions {
    if (classes < 2) {
      throw new IllegalArgumentException("a network tells 2 or more classes apart, got " + classes);
    }
    if (channels < 1 || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "images need 1 or more channels, rows and columns, got %d x %d x %d"
              .formatted(channels, height, width));
    }
    if (!(widthMultiplier > 0 && widthMultiplier <= 16)) {
      throw new IllegalArgumentException(
          "the width multiplier must be above 0 and at most 16, got " + widthMultiplier);
    }
  }

  public NetworkOptions withClasses(int chosen) {
    return new NetworkOptions(
        chosen,
        channels,
        height,
        width,
        widthMultiplier,
        weights,
        binaryActivations,
        shortcuts,
        seed);
  }

  public NetworkOptions withInput(int newChannels, int newHeight, int newWidth) {
    return new NetworkOptions(
        classes,
        newChannels,
        newHeight,
        newWidth,
        widthMultiplier,
        weights,
        binaryActivations,
        shortcuts,
        seed);
  }

  public NetworkOptions withWidthMultiplier(double chosen) {
    return new NetworkOptions(
        classes, channels, height, width, chosen, weights, binaryActivations, shortcuts, seed);
  }

  public NetworkOptions withWeights(WeightBits chosen) {
    return new NetworkOptions(
        classes,
        channels,
        height,
        width,
        widthMultiplier,
        chosen,
        binaryActivations,
        shortcuts,
        seed);
  }

  public NetworkOptions withBinaryActivations(boolean chosen) {
    return new NetworkOptions(
        classes, channels, height, width, widthMultiplier, weights, chosen, shortcuts, seed);
  }

  public NetworkOptions withShortcuts(boolean chosen) {
    return new NetworkOptions(
        classes,
        channels,
        height,
        width,
        widthMultiplier,
        weights,
        binaryActivations,
        chosen,
        seed);
  }

  public NetworkOptions withSeed(long chosen) {
    return new NetworkOptions(
        classes,
        channels,
        height,
        width,
        widthMultiplier,
        weights,
        binaryActivations,
        shortcuts,
        chosen);
  }

  /// A number of channels or features, scaled; at least one.
  int scaled(int full) {
    return scaled(full, 1);
  }

  /// A number of channels, scaled and rounded to a multiple, at least one.
  int scaled(int full, int multiple) {
    return (int) Math.max(1, Math.round(full * widthMultiplier / multiple)) * multiple;
  }
}
