// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/// Folds a multiplication or addition of constants, which exporters write for a normalization, into
/// the `Conv`, `ConvTranspose`, `Gemm` or `MatMul` before it. The constant c is one number or one
/// per channel.
///
/// 1. `Mul(L(x, W, b), c)`, either order → `L(x, c·W, c·b)`.
/// 2. `Div(L(x, W, b), c)` → `L(x, W/c, b/c)`.
/// 3. `Add(L(x, W, b), c)`, either order → `L(x, W, b + c)`.
/// 4. `Sub(L(x, W, b), c)` → `L(x, W, b − c)`; `Sub(c, L(x, W, b))` → `L(x, −W, c − b)`.
/// 5. an addition to a `MatMul` of two matrices makes it a `Gemm`; an addition to one of higher
///    rank stays.
///
/// Unchanged: a layer output with other readers or that is a graph output, a constant that varies
/// along other axes or adds axes, a quotient with the layer as divisor, weights that are not
/// constant or that are binary or ternary, a fold that is not finite or makes FLOAT16 weights
/// subnormal.
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

  /// Computes `scale[o] · y[o] + shift[o]` for each channel o.
  @SuppressWarnings("ArrayRecordComponent") // inside the class, never compared
  private record Step(double[] scale, double[] shift) {
    Step then(Step next) {
      double[] scales = new double[scale.length];
      double[] shifts = new double[scale.length];
      for (int o = 0; o < scales.length; o++) {
        scales[o] = scale[o] * next.scale[o];
        shifts[o] = shift[o] * next.scale[o] + next.shift[o];
      }
      return new Step(scales, shifts);
    }
  }

  private static boolean fold(Node node, int layerInput) {
    Optional<AffineLayer> found =
        SoleReader.producerFor(node, node.input(layerInput)).flatMap(AffineLayer::of);
    if (found.isEmpty()) {
      return false;
    }
    AffineLayer layer = found.get();
    Optional<Step> first = step(node, layerInput, layer);
    if (first.isEmpty()) {
      return false;
    }
    return foldChain(node, first.get(), layer)
        || layer.absorb(node, first.get().scale(), first.get().shift());
  }

  /// Folds `node` together with the arithmetic nodes that follow it, so that the weights are
  /// rounded once.
  private static boolean foldChain(Node node, Step first, AffineLayer layer) {
    List<Node> chain = new ArrayList<>(List.of(node));
    Step all = first;
    while (true) {
      Value value = chain.getLast().output(0);
      Node next = SoleReader.of(value).filter(FoldScaleShift::isArithmetic).orElse(null);
      if (next == null || next.output(0).isAbsent()) {
        break;
      }
      Optional<Step> step = step(next, next.input(0) == value ? 0 : 1, layer);
      if (step.isEmpty()) {
        break;
      }
      chain.add(next);
      all = all.then(step.get());
    }
    return chain.size() > 1 && layer.absorb(chain, all.scale(), all.shift());
  }

  /// The step that `node` applies to the layer at its input `layerInput`; empty if its constant is
  /// not one number per channel.
  private static Optional<Step> step(Node node, int layerInput, AffineLayer layer) {
    Value constantInput = node.input(1 - layerInput);
    Tensor constant = constantInput.isPresent() ? constantInput.constant().orElse(null) : null;
    if (constant == null
        || (node.is("Div") && layerInput == 1)
        || constant.dataType() != layer.dataType()) {
      return Optional.empty();
    }
    return layer.perChannel(constant).map(c -> step(node.opType(), layerInput, c));
  }

  private static Step step(String opType, int layerInput, double[] c) {
    double[] none = new double[c.length];
    double[] one = new double[c.length];
    Arrays.fill(one, 1);
    return switch (opType) {
      case "Mul" -> new Step(c, none);
      case "Div" -> new Step(map(c, v -> 1 / v), none);
      case "Add" -> new Step(one, c);
      default -> layerInput == 0 ? new Step(one, map(c, v -> -v)) : new Step(map(one, v -> -v), c);
    };
  }

  private static double[] map(double[] values, DoubleUnaryOperator function) {
    return Arrays.stream(values).map(function).toArray();
  }
}
