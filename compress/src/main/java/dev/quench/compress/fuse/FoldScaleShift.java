// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/// Folds a multiplication or addition of constants into the `Conv`, `ConvTranspose`, `Gemm` or
/// `MatMul` before it, as exporters leave them of a normalization. The constant c is one number or
/// one a channel.
///
/// 1. `Mul(L(x, W, b), c)`, either order → `L(x, c·W, c·b)`.
/// 2. `Div(L(x, W, b), c)` → `L(x, W/c, b/c)`.
/// 3. `Add(L(x, W, b), c)`, either order → `L(x, W, b + c)`.
/// 4. `Sub(L(x, W, b), c)` → `L(x, W, b − c)`; `Sub(c, L(x, W, b))` → `L(x, −W, c − b)`.
/// 5. an addition to a `MatMul` of two matrices makes it a `Gemm`; of tensors of higher rank it
///    stays.
///
/// Stays: a layer output that others read or that is a graph output, a constant that varies along
/// other axes or adds axes, a quotient with the layer as divisor, weights that are not constant or
/// binary or ternary, a fold that is not finite or loses FLOAT16 weights among the subnormals.
public final class FoldScaleShift extends NodeRewrite {
  public FoldScaleShift() {
    super("fold-scale-shift");
  }

  @Override
  boolean rewrite(Node node) {
    return isArithmetic(node) && node.output(0).isPresent() && (fold(node, 0) || fold(node, 1));
  }

  private static boolean isArithmetic(Node node) {
    return (node.is("Mul") || node.is("Add") || node.is("Sub") || node.is("Div"))
        && node.opset() >= 7;
  }

  private static boolean fold(Node node, int layerInput) {
    Value constantInput = node.input(1 - layerInput);
    Tensor constant = constantInput.isPresent() ? constantInput.constant().orElse(null) : null;
    if (constant == null || (node.is("Div") && layerInput == 1)) {
      return false;
    }
    Optional<AffineLayer> found =
        SoleReader.producerFor(node, node.input(layerInput)).flatMap(AffineLayer::of);
    if (found.isEmpty() || constant.dataType() != found.get().dataType()) {
      return false;
    }
    AffineLayer layer = found.get();
    Optional<double[]> perChannel = layer.perChannel(constant);
    if (perChannel.isEmpty()) {
      return false;
    }
    double[] c = perChannel.get();
    double[] none = new double[c.length];
    double[] one = new double[c.length];
    Arrays.fill(one, 1);
    return switch (node.opType()) {
      case "Mul" -> layer.absorb(node, c, none);
      case "Div" -> layer.absorb(node, map(c, v -> 1 / v), none);
      case "Add" -> layer.absorb(node, one, c);
      default ->
          layerInput == 0
              ? layer.absorb(node, one, map(c, v -> -v))
              : layer.absorb(node, map(one, v -> -v), c);
    };
  }

  private static double[] map(double[] values, DoubleUnaryOperator function) {
    return Arrays.stream(values).map(function).toArray();
  }
}
