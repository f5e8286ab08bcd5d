// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.op.PartialValues.Known;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Interpolation to another size.
final class ResizingOps {
  private ResizingOps() {}

  static void register(SchemaTable table) {
    table.add("Upsample", since(7), "X -> Y", "mode:s=nearest scales:fs!", c -> resize(c, -1, -1));
    table.add("Upsample", since(9, 10), "X scales -> Y", "mode:s=nearest", c -> resize(c, 1, -1));
    table.add("Resize", since(10), "X scales -> Y", "mode:s=nearest", c -> resize(c, 1, -1));
    String modes =
        "coordinate_transformation_mode:s=half_pixel cubic_coeff_a:f=-0.75 exclude_outside:i=0"
            + " extrapolation_value:f=0 mode:s=nearest nearest_mode:s=round_prefer_floor ";
    table.add("Resize", since(11), "X roi? scales? sizes? -> Y", modes, c -> resize(c, 2, 3));
    table.add("Resize", since(13), "X roi? scales? sizes? -> Y", modes, c -> resize(c, 2, 3));
    table.add(
        "Resize",
        since(18, 19),
        "X roi? scales? sizes? -> Y",
        modes + "antialias:i=0 axes:is keep_aspect_ratio_policy:s=stretch",
        c -> resize(c, 2, 3));
    table.add(
        "GridSample",
        since(16, 20, 22),
        "X grid -> Y",
        "align_corners:i=0 mode:s=bilinear padding_mode:s=zeros",
        ResizingOps::gridSample);
  }

  /// @param scales which input holds the scales; -1 for the attribute
  /// @param sizes which input holds the sizes; -1 for none
  private static void resize(InferenceContext c, int scales, int sizes) {
    c.copyType(0, 0);
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    List<Integer> axes = axes(c, x.rank());
    requireVector(c, scales, axes);
    requireVector(c, sizes, axes);
    Optional<PartialValues> bySize = sizes < 0 ? Optional.empty() : given(c, sizes);
    Optional<PartialValues> byScale = scales < 0 ? attributeScales(c) : given(c, scales);
    List<Dim> y = Sizes.copyOf(x);
    if (bySize.isPresent()) {
      requireOneEach(c, bySize.get(), axes, "sizes");
      resizeTo(c, y, axes, bySize.get());
    } else if (byScale.isPresent()) {
      requireOneEach(c, byScale.get(), axes, "scales");
      for (int i = 0; i < axes.size(); i++) {
        int axis = axes.get(i);
        y.set(axis, scaled(y.get(axis), byScale.get().get(i)));
      }
    } else {
      axes.forEach(axis -> y.set(axis, Dim.UNKNOWN));
    }
    c.setShape(0, y);
  }

  /// An input that is empty counts as absent.
  private static Optional<PartialValues> given(InferenceContext c, int input) {
    return c.values(input).filter(v -> v.size() > 0);
  }

  private static Optional<PartialValues> attributeScales(InferenceContext c) {
    return c.node()
        .attribute("scales")
        .filter(AttributeValue.Floats.class::isInstance)
        .map(AttributeValue.Floats.class::cast)
        .map(floats ->
            PartialValues.vector(
                floats.values().stream().map(f -> (PartialValues.Element) new Known(f)).toList()));
  }

  private static List<Integer> axes(InferenceContext c, int rank) {
    List<Integer> axes = new ArrayList<>();
    Optional<long[]> given = c.ints("axes");
    if (given.isPresent()) {
      for (long axis : given.get()) {
        axes.add(c.axis(axis, rank));
      }
    } else {
      for (int i = 0; i < rank; i++) {
        axes.add(i);
      }
    }
    return axes;
  }

  /// Runtimes read as many numbers as there are axes.
  private static void requireVector(InferenceContext c, int input, List<Integer> axes) {
    if (input < 0 || !c.known(input)) {
      return;
    }
    Shape shape = c.shape(input);
    boolean fits =
        shape.rank() == 1
            && (!(shape.dim(0) instanceof Dim.Fixed(long size))
                || size == axes.size()
                || size == 0);
    if (!fits) {
      throw c.problem(input, "expected shape [%d], one number an axis".formatted(axes.size()));
    }
  }

  private static void requireOneEach(
      InferenceContext c, PartialValues values, List<Integer> axes, String what) {
    if (values.size() != axes.size()) {
      throw c.problem(
          "%d %s for %d axes of input of shape %s"
              .formatted(values.size(), what, axes.size(), c.shape(0)));
    }
  }

  private static void resizeTo(
      InferenceContext c, List<Dim> y, List<Integer> axes, PartialValues sizes) {
    String policy = c.text("keep_aspect_ratio_policy");
    boolean stretch = policy.isEmpty() || policy.equals("stretch");
    Optional<Double> scale = stretch ? Optional.empty() : commonScale(policy, y, axes, sizes);
    for (int i = 0; i < axes.size(); i++) {
      int axis = axes.get(i);
      if (stretch) {
        y.set(axis, PartialValues.asDim(sizes.get(i)));
      } else if (scale.isPresent() && y.get(axis) instanceof Dim.Fixed(long size)) {
        y.set(axis, Dim.of((long) Math.floor(scale.get() * size + 0.5)));
      } else {
        y.set(axis, Dim.UNKNOWN);
      }
    }
  }

  /// The one factor for all axes: the smallest that `sizes` ask for, or the largest.
  private static Optional<Double> commonScale(
      String policy, List<Dim> x, List<Integer> axes, PartialValues sizes) {
    boolean smallest = policy.equals("not_larger");
    double common = smallest ? Double.POSITIVE_INFINITY : 0;
    for (int i = 0; i < axes.size(); i++) {
      if (!(x.get(axes.get(i)) instanceof Dim.Fixed(long before)
          && before > 0
          && sizes.get(i) instanceof Known(double after))) {
        return Optional.empty();
      }
      double scale = after / before;
      common = smallest ? Math.min(common, scale) : Math.max(common, scale);
    }
    return Double.isFinite(common) ? Optional.of(common) : Optional.empty();
  }

  private static Dim scaled(Dim dim, PartialValues.Element scale) {
    if (!(scale instanceof Known(double factor)) || !(factor > 0)) {
      return Dim.UNKNOWN;
    }
    if (factor == 1) {
      return dim;
    }
    if (!(dim instanceof Dim.Fixed(long size))) {
      return Dim.UNKNOWN;
    }
    // Runtimes multiply in single precision.
    float product = (float) factor * size;
    return Dim.of((long) Math.floor(product));
  }

  private static void gridSample(InferenceContext c) {
    c.copyType(0, 0);
    for (int input = 0; input < 2; input++) {
      if (c.known(input) && c.rank(input) < 3) {
        throw c.problem(input, "expected three axes or more");
      }
    }
    if (!c.known(0, 1)) {
      return;
    }
    Dim coordinates = c.shape(1).dim(c.rank(1) - 1);
    if (coordinates instanceof Dim.Fixed(long size) && size != c.rank(1) - 2) {
      throw c.problem(1, "expected %d coordinates along the last axis".formatted(c.rank(1) - 2));
    }
    c.requireRank(1, c.rank(0), "[N, output axes, coordinates]");
    List<Dim> y = new ArrayList<>(c.shape(0).dims().subList(0, 2));
    y.addAll(c.shape(1).dims().subList(1, c.rank(1) - 1));
    c.setShape(0, y);
  }
}
