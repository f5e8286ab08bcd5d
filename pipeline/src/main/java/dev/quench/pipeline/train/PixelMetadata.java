// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.train;

import dev.quench.data.image.Normalization;
import dev.quench.graph.Model;
import dev.quench.pipeline.PipelineException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// How the pixels of a model's images are normalized, in its metadata: `preprocess.scale`,
/// `preprocess.mean` and `preprocess.std`, the last two by channel.
public final class PixelMetadata {
  private static final String PREFIX = "preprocess.";
  private static final String SCALE = PREFIX + "scale";
  private static final String MEAN = PREFIX + "mean";
  private static final String DEVIATION = PREFIX + "std";

  private PixelMetadata() {}

  /// Writes them into a model.
  public static void record(Normalization normalization, Model model) {
    model.metadata().put(SCALE, Double.toString(normalization.scale()));
    model.metadata().put(MEAN, joined(normalization.mean()));
    model.metadata().put(DEVIATION, joined(normalization.std()));
  }

  /// Whether a model says anything of them.
  public static boolean isDeclared(Model model) {
    return model.metadata().keySet().stream().anyMatch(key -> key.startsWith(PREFIX));
  }

  /// Reads them; what is missing maps bytes to `[0, 1]`.
  ///
  /// @throws PipelineException if one is not a number, or means and deviations differ in number
  public static Normalization read(Model model) {
    List<Double> means = numbers(model, MEAN, "0");
    List<Double> deviations = numbers(model, DEVIATION, "1");
    if (means.size() > 1 && deviations.size() == 1) {
      deviations = means.stream().map(_ -> numbers(model, DEVIATION, "1").getFirst()).toList();
    }
    try {
      return new Normalization(numbers(model, SCALE, "1/255").getFirst(), means, deviations);
    } catch (IllegalArgumentException e) {
      throw new PipelineException("the model's metadata preprocess.*: " + e.getMessage(), e);
    }
  }

  private static List<Double> numbers(Model model, String key, String otherwise) {
    String text = model.metadata().getOrDefault(key, otherwise);
    List<Double> numbers = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String[] fraction = part.strip().split("/", 2);
      try {
        double number = Double.parseDouble(fraction[0]);
        numbers.add(fraction.length == 2 ? number / Double.parseDouble(fraction[1]) : number);
      } catch (NumberFormatException e) {
        throw new PipelineException(
            "the model's metadata %s: '%s', expected numbers such as 0.286 or 1/255"
                .formatted(key, text),
            e);
      }
    }
    return numbers;
  }

  private static String joined(List<Double> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
