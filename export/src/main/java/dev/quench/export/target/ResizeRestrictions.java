// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Node;
import dev.quench.tensor.Shape;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/// Conditions of TensorRT's parser on Resize and Upsample.
final class ResizeRestrictions {
  private static final Set<String> COORDINATES =
      Set.of(
          "half_pixel",
          "pytorch_half_pixel",
          "tf_half_pixel_for_nn",
          "asymmetric",
          "align_corners");
  private static final Set<String> ROUNDINGS =
      Set.of("floor", "ceil", "round_prefer_floor", "round_prefer_ceil");

  private ResizeRestrictions() {}

  static void check(RestrictedNode checked) {
    Node node = checked.node();
    checked.requireAttribute(
        "mode",
        Set.of("nearest", "linear", "cubic"),
        "nearest",
        "resize with nearest, linear or cubic");
    checked.requireAttribute(
        "coordinate_transformation_mode", COORDINATES, "half_pixel", "choose one of these");
    checked.requireAttribute(
        "nearest_mode", ROUNDINGS, "round_prefer_floor", "choose one of these");
    checked.requireAttribute(
        "keep_aspect_ratio_policy", Set.of("stretch"), "stretch", "give each axis its size");
    if (node.intAttribute("antialias", 0) != 0) {
      checked.refuse("antialias is not 0", "resize without antialiasing");
    }
    if (node.input(2).isPresent() && partialAxes(node)) {
      checked.refuse(
          "axes are %s together with scales, expected all of them in order"
              .formatted(Arrays.toString(node.intsAttribute("axes").orElseThrow())),
          "give a scale for each axis");
    }
  }

  private static boolean partialAxes(Node node) {
    long[] axes = node.intsAttribute("axes").orElse(null);
    Optional<Shape> shape = node.input(0).shape();
    if (axes == null || shape.isEmpty()) {
      return false;
    }
    boolean all = axes.length == shape.get().rank();
    for (int i = 0; i < axes.length; i++) {
      all &= axes[i] == i;
    }
    return !all;
  }
}
