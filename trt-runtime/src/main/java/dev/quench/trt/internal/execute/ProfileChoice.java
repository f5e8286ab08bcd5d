// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import dev.quench.tensor.Shape;
import dev.quench.trt.ShapeRange;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Chooses among the optimization profiles of an engine.
public final class ProfileChoice {
  private ProfileChoice() {}

  /// The profile that supports these shapes and is tuned for the nearest: the smallest difference
  /// between their number of elements and that of `opt`, summed over inputs; the first one in a
  /// tie.
  ///
  /// @param profiles ranges of the inputs with free dimensions, by name
  /// @param shapes of an input, by name; null for any shape
  /// @return its index; -1 if none supports them
  public static int choose(
      List<Map<String, ShapeRange>> profiles, Function<String, @Nullable Shape> shapes) {
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < profiles.size(); i++) {
      double distance = distance(profiles.get(i), shapes);
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  }

  private static double distance(
      Map<String, ShapeRange> profile, Function<String, @Nullable Shape> shapes) {
    double distance = 0;
    for (Map.Entry<String, ShapeRange> entry : profile.entrySet()) {
      Shape shape = shapes.apply(entry.getKey());
      if (shape == null) {
        continue;
      }
      if (!entry.getValue().contains(shape)) {
        return Double.POSITIVE_INFINITY;
      }
      distance += Math.abs((double) shape.elements() - entry.getValue().opt().elements());
    }
    return distance;
  }
}
