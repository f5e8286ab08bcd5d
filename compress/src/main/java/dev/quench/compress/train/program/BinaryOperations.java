// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.binary.FilterLayout;
import dev.quench.compress.binary.SignGradient;
import dev.quench.compress.binary.TrainingOps;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.tensor.Shape;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/// The training operators of binary and ternary layers.
final class BinaryOperations {
  private BinaryOperations() {}

  /// @throws UnsupportedOperatorException if the shape of the latent weights is unknown
  static Operation binarize(Node node, Slots slots) {
    boolean ternary = TrainingOps.isTernary(node);
    boolean centred = TrainingOps.isCentred(node);
    boolean stochastic = TrainingOps.isStochastic(node);
    Filters filters = Filters.of(node);
    int latent = slots.input(node, 0);
    int quantized = slots.output(node);
    int scale = node.output(1).isPresent() ? slots.of(node.output(1)) : -1;
    UnaryOperator<Tensor> levels =
        ternary ? StraightThrough::ternaryOfWeights : StraightThrough::signOfWeights;
    UnaryOperator<Tensor> training = stochastic ? BinaryEstimators::randomSignOfWeights : levels;
    return pass -> {
      Tensor weights = filters.first(pass.get(latent));
      if (centred) {
        weights = BinaryEstimators.centred(weights);
      }
      Tensor found = (pass.isTraining() ? training : levels).apply(weights);
      pass.set(quantized, filters.back(found));
      if (scale >= 0) {
        Tensor alpha =
            ternary ? StraightThrough.ternaryScale(weights) : StraightThrough.binaryScale(weights);
        pass.set(scale, alpha);
      }
    };
  }

  /// @throws UnsupportedOperatorException if the gradient is unknown
  static Operation sign(Node node, Slots slots) {
    String gradient = node.textAttribute(TrainingOps.GRADIENT, SignGradient.CLIPPED.name());
    UnaryOperator<Tensor> evaluated = StraightThrough::signOfActivation;
    UnaryOperator<Tensor> trained;
    if (TrainingOps.isStochastic(node)) {
      trained = BinaryEstimators::randomSignOfActivation;
    } else if (gradient.equals(SignGradient.POLYNOMIAL.name())) {
      trained = BinaryEstimators::polynomialSign;
    } else if (gradient.equals(SignGradient.CLIPPED.name())) {
      trained = evaluated;
    } else {
      throw new UnsupportedOperatorException(node, "the gradient '" + gradient + "' is unknown");
    }
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> pass.set(y, (pass.isTraining() ? trained : evaluated).apply(pass.get(x)));
  }

  static Operation shiftNormalization(Node node, Slots slots) {
    double epsilon = node.floatAttribute("epsilon", 1e-5f);
    double momentum = 1.0 - node.floatAttribute("momentum", 0.875f);
    int x = slots.input(node, 0);
    int scale = slots.input(node, 1);
    int shift = slots.input(node, 2);
    int mean = slots.input(node, 3);
    int inverse = slots.input(node, 4);
    int y = slots.output(node);
    return pass -> {
      ShiftNormalizationPass normalization =
          new ShiftNormalizationPass(pass.get(scale), pass.get(shift));
      pass.set(
          y,
          pass.isTraining()
              ? normalization.train(
                  pass.single(x), pass.get(mean), pass.get(inverse), momentum, epsilon)
              : normalization.evaluate(pass.single(x), pass.get(mean), pass.get(inverse)));
    };
  }

  /// Moves the filters of weights to axis 0 and their inputs to axis 1, and back.
  private static final class Filters {
    private final FilterLayout layout;
    private final long[] split;
    private final long[] joined;
    private final long[] stored;

    private Filters(FilterLayout layout, long[] split, long[] joined, long[] stored) {
      this.layout = layout;
      this.split = split;
      this.joined = joined;
      this.stored = stored;
    }

    static Filters of(Node node) {
      Shape shape =
          node.input(0)
              .shape()
              .filter(Shape::isStatic)
              .orElseThrow(() ->
                  new UnsupportedOperatorException(
                      node, "the shape of its latent weights is unknown"));
      FilterLayout layout = FilterLayout.of(node);
      long[] stored = shape.sizes();
      long[] split = new long[stored.length + 1];
      long[] joined = stored.clone();
      split[0] = layout.groups();
      split[1] = stored[0] / layout.groups();
      System.arraycopy(stored, 1, split, 2, stored.length - 1);
      joined[0] = layout.filters(shape);
      joined[1] = layout.inputs(shape);
      return new Filters(layout, split, joined, stored);
    }

    Tensor first(Tensor weights) {
      return layout.axis() == 0 ? weights : weights.view(split).transpose(1, 2).reshape(joined);
    }

    Tensor back(Tensor weights) {
      if (layout.axis() == 0) {
        return weights;
      }
      long[] swapped = split.clone();
      swapped[1] = split[2];
      swapped[2] = split[1];
      return weights.view(swapped).transpose(1, 2).reshape(stored);
    }
  }
}
