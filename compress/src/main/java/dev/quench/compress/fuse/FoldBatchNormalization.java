// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.compress.TensorArrays;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import java.util.Optional;

/// Folds inference `BatchNormalization` into the layer before it.
///
/// With s = γ/√(σ² + ε) and t = β − μ·s, computed in double:
///
/// 1. `y = BN(Conv(x, W, b))` → `Conv(x, s·W, s·b + t)`, grouped or not.
/// 2. `y = BN(ConvTranspose(x, W, b))` → the same along axis 1 of each group's block of W.
/// 3. `y = BN(Gemm(x, W, c))` → `Gemm(x, s·W, s·β'c + t)` with `beta` 1, for both values of
///    `transB`.
/// 4. `y = BN(MatMul(x, W))` → `Gemm(x, s·W, t)`, when x has rank 2.
///
/// Unchanged: training mode or outputs of statistics, parameters that are not constant, a layer
/// output with other readers or that is a graph output, weights that are not constant or that are
/// binary or ternary, a fold that overflows the type of the weights or makes FLOAT16 weights
/// subnormal.
public final class FoldBatchNormalization extends NodeRewrite {
  /// Default of `epsilon` in ONNX, a float.
  private static final float DEFAULT_EPSILON = 1e-5f;

  public FoldBatchNormalization() {
    super("fold-batch-normalization");
  }

  @Override
  boolean rewrite(Node node) {
    if (!node.is("BatchNormalization") || !isInference(node)) {
      return false;
    }
    Value input = node.input(0);
    Optional<AffineLayer> found =
        SoleReader.producerFor(node, input)
            .flatMap(AffineLayer::of)
            .filter(AffineLayer::channelsAreAxisOne);
    if (found.isEmpty()) {
      return false;
    }
    AffineLayer layer = found.get();
    double[][] parameters = new double[4][];
    for (int i = 0; i < 4; i++) {
      Tensor parameter =
          node.input(i + 1).isPresent() ? node.input(i + 1).constant().orElse(null) : null;
      if (parameter == null
          || !TensorArrays.supports(parameter.dataType())
          || parameter.shape().rank() != 1
          || parameter.elements() != layer.channels()) {
        return false;
      }
      parameters[i] = parameter.toDoubles();
    }
    double epsilon = node.floatAttribute("epsilon", DEFAULT_EPSILON);
    double[] scale = new double[layer.channels()];
    double[] shift = new double[layer.channels()];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = parameters[0][c] / Math.sqrt(parameters[3][c] + epsilon);
      shift[c] = parameters[1][c] - parameters[2][c] * scale[c];
    }
    return layer.absorb(node, scale, shift);
  }

  private static boolean isInference(Node node) {
    return node.output(0).isPresent()
        && node.outputs().stream().skip(1).allMatch(Value::isAbsent)
        && node.intAttribute("training_mode", 0) == 0
        && node.intAttribute("spatial", 1) != 0
        && (node.opset() >= 7 || node.intAttribute("is_test", 0) != 0);
  }
}
