// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import dev.quench.compress.TensorArrays;
import dev.quench.compress.factor.FactoredLayer.Part;
import dev.quench.graph.Node;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/// A `Gemm` or `MatMul` whose second factor is a constant matrix, as a product of two thinner ones.
final class ProductSplit implements LayerSplit {
  private final INDArray matrix;
  private final DataType type;
  private final boolean transposed;

  /// @param matrix `[inputs, outputs]`
  /// @param transposed whether the layer takes `[outputs, inputs]`
  private ProductSplit(INDArray matrix, DataType type, boolean transposed) {
    this.matrix = matrix;
    this.type = type;
    this.transposed = transposed;
  }

  /// Empty for another operator.
  ///
  /// @throws UnfactorableException saying why a product cannot be split
  static Optional<LayerSplit> of(Node node) {
    if (!node.is("Gemm") && !node.is("MatMul")) {
      return Optional.empty();
    }
    Tensor weights = LayerSplit.weights(node);
    if (weights.shape().rank() != 2) {
      throw new UnfactorableException("its second factor is not a matrix");
    }
    if (node.intAttribute("transA", 0) != 0) {
      throw new UnfactorableException("it transposes its input");
    }
    boolean transposed = node.is("Gemm") && node.intAttribute("transB", 0) != 0;
    INDArray array = TensorArrays.toArray(weights);
    return Optional.of(
        new ProductSplit(transposed ? array.transpose() : array, weights.dataType(), transposed));
  }

  @Override
  public FactoredLayer split(FactorMethod method, RankRule rule, int align) {
    if (method != FactorMethod.CHANNEL) {
      throw new UnfactorableException("a product has no kernel to split");
    }
    SingularValues found = SingularValues.of(matrix);
    double macs = (double) matrix.rows() * matrix.columns();
    double perRank = (matrix.rows() + matrix.columns()) / macs;
    int rank = LayerSplit.rank(rule, align, found, perRank);
    INDArray second = found.rightHalf(rank);
    return new FactoredLayer(
        method,
        List.of(part(found.leftHalf(rank)), part(transposed ? second.transpose() : second)),
        List.of(rank),
        rank * perRank,
        Math.sqrt(1 - found.energy(rank)));
  }

  private Part part(INDArray array) {
    return new Part(TensorArrays.toTensor(array.dup('c'), type), null);
  }
}
