// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import java.util.Collections;
import java.util.List;

/// How a pixel becomes a number: `(pixel * scale - mean) / std`, in double, then rounded to float.
///
/// @param mean of each channel, or one for all
/// @param std of each channel, or one for all; not 0
/// @param scale factor of a pixel, `1/255` to bring bytes into `[0, 1]`
public record Normalization(List<Double> mean, List<Double> std, double scale) {
  /// Bytes to `[0, 1]`.
  public static final Normalization UNIT = of(0, 1, 1 / 255.0);

  private static final int BYTES = 256;

  public Normalization {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    boolean finite =
        Double.isFinite(scale)
            && mean.stream().allMatch(Double::isFinite)
            && std.stream().allMatch(deviation -> Double.isFinite(deviation) && deviation != 0);
    if (!finite || mean.isEmpty() || std.isEmpty()) {
      throw new IllegalArgumentException(
          "normalization needs finite numbers and standard deviations other than 0, got mean %s, std %s, scale %s"
              .formatted(mean, std, scale));
    }
  }

  /// The same for all channels.
  public static Normalization of(double mean, double std, double scale) {
    return new Normalization(List.of(mean), List.of(std), scale);
  }

  /// Whether there is a mean and a deviation for each of `channels`.
  boolean fits(int channels) {
    return (mean.size() == 1 || mean.size() == channels)
        && (std.size() == 1 || std.size() == channels);
  }

  /// The values of all bytes, 256 for each channel.
  float[] tableOf(int channels) {
    List<Double> means = mean.size() == 1 ? Collections.nCopies(channels, mean.getFirst()) : mean;
    List<Double> deviations = std.size() == 1 ? Collections.nCopies(channels, std.getFirst()) : std;
    float[] table = new float[channels * BYTES];
    for (int channel = 0; channel < channels; channel++) {
      for (int pixel = 0; pixel < BYTES; pixel++) {
        table[channel * BYTES + pixel] =
            (float) ((pixel * scale - means.get(channel)) / deviations.get(channel));
      }
    }
    return table;
  }
}
