// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.StringTokenizer;
import java.util.stream.Collectors;

/// Maps raw pixel values to the inputs of a network: `value = (raw * scale - mean) / std`, with
/// mean and standard deviation by channel, computed in double and rounded once to float.
///
/// @param scale finite and not 0; 1/255 maps bytes to `[0, 1]`
/// @param mean by channel, or one for all channels; finite
/// @param std as many as `mean`; finite and above 0
public record Normalization(double scale, List<Double> mean, List<Double> std) {
  /// Leaves raw values unchanged.
  public static final Normalization NONE = new Normalization(1, List.of(0.0), List.of(1.0));

  /// Maps bytes to `[0, 1]`.
  public static final Normalization UNIT = new Normalization(1 / 255.0, List.of(0.0), List.of(1.0));

  public Normalization {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (!Double.isFinite(scale) || scale == 0) {
      throw new IllegalArgumentException("scale must be finite and not 0, got " + scale);
    }
    if (mean.isEmpty() || mean.size() != std.size()) {
      throw new IllegalArgumentException(
          "%d means and %d standard deviations, expected one of each for every channel"
              .formatted(mean.size(), std.size()));
    }
    for (int i = 0; i < mean.size(); i++) {
      if (!Double.isFinite(mean.get(i)) || !(std.get(i) > 0) || !Double.isFinite(std.get(i))) {
        throw new IllegalArgumentException(
            "channel %d: mean %s and standard deviation %s, expected a number and one above 0"
                .formatted(i, mean.get(i), std.get(i)));
      }
    }
  }

  /// @param mean by channel; copied
  /// @param std by channel; copied
  public static Normalization of(double[] mean, double[] std, double scale) {
    return new Normalization(scale, boxed(mean), boxed(std));
  }

  /// Normalizes one raw value.
  ///
  /// @param channel from 0; ignored when one mean serves all channels
  public float apply(double raw, int channel) {
    int index = mean.size() == 1 ? 0 : channel;
    return (float) ((raw * scale - mean.get(index)) / std.get(index));
  }

  /// The normalized values of the bytes 0 to 255.
  public float[] ofBytes(int channel) {
    float[] table = new float[256];
    for (int raw = 0; raw < table.length; raw++) {
      table[raw] = apply(raw, channel);
    }
    return table;
  }

  /// The text that tables and reports record, for example `scale=1.0 mean=0.5,0.4 std=0.2,0.2`;
  /// [#parse] reads it.
  @Override
  public String toString() {
    return "scale=" + scale + " mean=" + joined(mean) + " std=" + joined(std);
  }

  /// Parses the format of [#toString]; parts left out default to [#NONE].
  ///
  /// @throws IllegalArgumentException if the text has another form
  public static Normalization parse(String text) {
    double scale = 1;
    List<Double> mean = NONE.mean;
    List<Double> std = NONE.std;
    StringTokenizer words = new StringTokenizer(text);
    while (words.hasMoreTokens()) {
      String word = words.nextToken();
      int equals = word.indexOf('=');
      List<Double> numbers = equals < 0 ? List.of() : numbers(word.substring(equals + 1), text);
      switch (equals < 0 ? word : word.substring(0, equals)) {
        case "scale" -> scale = numbers.getFirst();
        case "mean" -> mean = numbers;
        case "std" -> std = numbers;
        default -> throw malformed(text, word);
      }
    }
    if (std.size() == 1 && mean.size() > 1) {
      std = Collections.nCopies(mean.size(), std.getFirst());
    }
    return new Normalization(scale, mean, std);
  }

  private static List<Double> numbers(String text, String whole) {
    List<Double> numbers = new ArrayList<>();
    for (String number : text.split(",", -1)) {
      try {
        numbers.add(Double.valueOf(number));
      } catch (NumberFormatException e) {
        throw malformed(whole, number);
      }
    }
    return numbers;
  }

  private static IllegalArgumentException malformed(String text, String part) {
    return new IllegalArgumentException(
        "normalization '%s': cannot read '%s'; expected a form like 'scale=0.0039 mean=0.5,0.4,0.4 std=0.2,0.2,0.2'"
            .formatted(text, part));
  }

  private static List<Double> boxed(double[] values) {
    List<Double> boxed = new ArrayList<>();
    for (double value : values) {
      boxed.add(value);
    }
    return boxed;
  }

  private static String joined(List<Double> values) {
    return values.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
