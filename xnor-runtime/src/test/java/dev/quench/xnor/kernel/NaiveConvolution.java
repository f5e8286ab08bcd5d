// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import java.util.SplittableRandom;

/// A seeded convolution of ±1 with ±1 or −1/0/1, summed up one product at a time: the oracle.
final class NaiveConvolution {
  final Geometry geometry;
  final int channels;
  final int outChannels;
  final int groups;

  /// `[channels][pixels]`, ±1.
  final byte[][] input;

  /// `[outChannels, channels / groups, taps]`.
  final byte[] weights;

  NaiveConvolution(
      SplittableRandom random,
      Geometry geometry,
      int channels,
      int outChannels,
      int groups,
      boolean ternary) {
    this.geometry = geometry;
    this.channels = channels;
    this.outChannels = outChannels;
    this.groups = groups;
    this.input = new byte[channels][geometry.pixels()];
    for (byte[] plane : input) {
      for (int i = 0; i < plane.length; i++) {
        plane[i] = (byte) (random.nextBoolean() ? 1 : -1);
      }
    }
    this.weights = new byte[outChannels * (channels / groups) * geometry.taps()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (byte) (ternary ? random.nextInt(3) - 1 : random.nextBoolean() ? 1 : -1);
    }
  }

  int sum(int out, int outPixel) {
    int groupIn = channels / groups;
    int firstChannel = out / (outChannels / groups) * groupIn;
    int taps = geometry.taps();
    int sum = 0;
    for (int tap = 0; tap < taps; tap++) {
      int source = geometry.source(outPixel, tap);
      for (int in = 0; source >= 0 && in < groupIn; in++) {
        sum += weights[(out * groupIn + in) * taps + tap] * input[firstChannel + in][source];
      }
    }
    return sum;
  }

  WeightPanels panels() {
    return WeightPanels.pack(weights, channels, outChannels, groups, geometry.taps());
  }

  /// The input as bits, `before` words into an array.
  int[] packedInput(int before) {
    int words = PackedLayout.words(channels);
    int[] bits = new int[before + PackedLayout.imageWords(channels, geometry.pixels())];
    for (int channel = 0; channel < channels; channel++) {
      for (int pixel = 0; pixel < geometry.pixels(); pixel++) {
        if (input[channel][pixel] < 0) {
          bits[before + (pixel + 1) * words + channel / 32] |= 1 << channel;
        }
      }
    }
    return bits;
  }
}
