// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/// Rewrites `Upsample` and `Resize` into forms that TensorRT imports, where the result stays the
/// same.
///
/// 1. `Upsample`, and `Resize` of opset 10, become `Resize` of opset 13.
/// 2. Computed sizes become constants where the output shape is static.
/// 3. Empty `roi`, `scales` and `sizes` go; `roi` also where the mode does not read it.
/// 4. Constant scales of some axes become scales of all.
/// 5. `half_pixel_symmetric` becomes `half_pixel` where constant scales give whole sizes.
/// 6. `antialias` goes where nothing shrinks; the same up to rounding.
///
/// [TensorRtTarget] reports what remains, such as resizing to an aspect ratio. Stateless.
public record LowerResize() implements Rewrite {
  private static final int OPSET = 13;
  private static final int FIRST_WITH_COORDINATES = 11;

  /// Whether a model has nodes that this pass looks at.
  public static boolean mayChange(Model model) {
    return model.graph().allNodes().stream()
        .anyMatch(node -> node.is("Upsample") || node.is("Resize"));
  }

  @Override
  public String name() {
    return "lower-resize";
  }

  /// Edits `model` in place.
  ///
  /// @throws ModelFormatException if types or shapes contradict each other
  /// @throws UnsupportedOperatorException naming a node that has no equal in opset 13
  @Override
  public boolean apply(Model model) {
    boolean changed = false;
    boolean old = model.opset() < FIRST_WITH_COORDINATES && mayChange(model);
    if (old) {
      changed = new OpsetUpgrade(OPSET).apply(model);
    }
    ShapeInference.infer(model);
    for (Node node : model.graph().allNodes()) {
      if (node.is("Resize")) {
        changed |= lower(node);
      }
    }
    return changed;
  }

  private static boolean lower(Node node) {
    boolean changed = foldSizes(node);
    changed |= dropUnread(node);
    changed |= scaleAllAxes(node);
    changed |= simplifyCoordinates(node);
    changed |= dropAntialias(node);
    return changed;
  }

  private static boolean foldSizes(Node node) {
    Value sizes = node.input(3);
    Optional<Shape> output = node.output(0).shape().filter(Shape::isStatic);
    if (sizes.isAbsent() || sizes.constant().isPresent() || output.isEmpty()) {
      return false;
    }
    long[] all = output.get().sizes();
    long[] axes = node.intsAttribute("axes").orElse(null);
    boolean stretches = node.textAttribute("keep_aspect_ratio_policy", "stretch").equals("stretch");
    if (!stretches) {
      return false;
    }
    long[] wanted = axes == null ? all : new long[axes.length];
    for (int i = 0; axes != null && i < axes.length; i++) {
      wanted[i] = all[(int) (axes[i] < 0 ? axes[i] + all.length : axes[i])];
    }
    set(node, 3, "_sizes", Tensor.vector(wanted));
    return true;
  }

  private static boolean dropUnread(Node node) {
    boolean changed = false;
    for (int i = 1; i <= 3; i++) {
      boolean empty = node.input(i).constant().filter(tensor -> tensor.elements() == 0).isPresent();
      boolean unread =
          i == 1
              && !node.textAttribute("coordinate_transformation_mode", "half_pixel")
                  .equals("tf_crop_and_resize");
      // Opsets before 13 require roi and scales.
      if (node.opset() >= OPSET && node.input(i).isPresent() && (empty || unread)) {
        node.setInput(i, Value.ABSENT);
        changed = true;
      }
    }
    return changed;
  }

  private static boolean scaleAllAxes(Node node) {
    long[] axes = node.intsAttribute("axes").orElse(null);
    Optional<Tensor> scales = node.input(2).constant();
    Optional<Shape> shape = node.input(0).shape();
    if (axes == null || scales.isEmpty() || shape.isEmpty() || node.input(1).isPresent()) {
      return false;
    }
    float[] all = new float[shape.get().rank()];
    Arrays.fill(all, 1);
    for (int i = 0; i < axes.length; i++) {
      all[(int) (axes[i] < 0 ? axes[i] + all.length : axes[i])] = scales.get().toFloats()[i];
    }
    set(node, 2, "_scales", Tensor.ofFloats(Shape.of(all.length), all));
    node.removeAttribute("axes");
    return true;
  }

  private static boolean simplifyCoordinates(Node node) {
    if (!node.textAttribute("coordinate_transformation_mode", "").equals("half_pixel_symmetric")) {
      return false;
    }
    Optional<Tensor> scales = node.input(2).constant();
    Optional<Shape> input = node.input(0).shape();
    if (scales.isEmpty() || input.isEmpty() || scales.get().elements() != input.get().rank()) {
      return false;
    }
    float[] factors = scales.get().toFloats();
    for (int i = 0; i < factors.length; i++) {
      boolean wholeFactor = factors[i] == Math.rint(factors[i]);
      boolean wholeSize =
          input.get().isStatic()
              && (double) factors[i] * input.get().size(i)
                  == Math.rint((double) factors[i] * input.get().size(i));
      if (!wholeFactor && !wholeSize) {
        return false;
      }
    }
    node.setAttribute("coordinate_transformation_mode", AttributeValue.of("half_pixel"));
    return true;
  }

  private static boolean dropAntialias(Node node) {
    if (node.intAttribute("antialias", 0) == 0) {
      return false;
    }
    boolean byScale = node.input(2).constant().filter(LowerResize::enlarges).isPresent();
    Optional<Shape> before = node.input(0).shape().filter(Shape::isStatic);
    Optional<Shape> after = node.output(0).shape().filter(Shape::isStatic);
    boolean bySize = before.isPresent() && after.isPresent();
    for (int i = 0; bySize && i < before.get().rank(); i++) {
      bySize = after.get().size(i) >= before.get().size(i);
    }
    if (!byScale && !bySize) {
      return false;
    }
    node.removeAttribute("antialias");
    return true;
  }

  private static boolean enlarges(Tensor scales) {
    for (float scale : scales.toFloats()) {
      if (scale < 1) {
        return false;
      }
    }
    return true;
  }

  private static void set(Node node, int input, String suffix, Tensor tensor) {
    Graph graph = node.graph();
    node.setInput(input, graph.addConstant(node.output(0).name() + suffix, tensor));
  }
}
