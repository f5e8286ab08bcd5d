// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.compress.TensorArrays;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;

/// A `Conv`, `ConvTranspose`, `Gemm` or `MatMul` with constant weights as the map `y = W·x + b` for
/// each output channel, into which a scale and a shift per channel can be folded.
///
/// The channels are axis 1 of a convolution's output and the last axis of a product's output.
///
/// Folds are computed in double and rounded once to the type of the weights.
final class AffineLayer {
  /// Largest relative rounding error of a FLOAT16 with its 11 significand bits.
  private static final double FLOAT16_ROUNDING = 0x1p-11;

  private final Node node;
  private final WeightLayout layout;
  private final Tensor weights;
  private final double[] bias;
  private final int channels;

  private AffineLayer(Node node, WeightLayout layout, Tensor weights, double[] bias) {
    this.node = node;
    this.layout = layout;
    this.weights = weights;
    this.bias = bias;
    this.channels = bias.length;
  }

  /// Returns the node as an affine layer. Empty for other operators, if its weights or bias are not
  /// floating-point constants of matching shapes, or if all weights are −1, 0 or 1, because binary
  /// and ternary layers keep them exact.
  static Optional<AffineLayer> of(Node node) {
    // Before opset 7, an attribute of Gemm controls the broadcast of the addend.
    boolean isLegacyGemm = node.is("Gemm") && node.opset() < 7;
    if (isLegacyGemm || node.input(1).isAbsent()) {
      return Optional.empty();
    }
    Tensor weights = node.input(1).constant().orElse(null);
    WeightLayout layout = WeightLayout.of(node).orElse(null);
    if (weights == null
        || layout == null
        || !TensorArrays.supports(weights.dataType())
        || weights.elements() == 0
        || !node.input(1).quantizationAnnotation().isEmpty()
        || TensorArrays.isTernary(weights)) {
      return Optional.empty();
    }
    double[] bias = bias(node, weights.dataType(), layout.outputChannels());
    return bias == null
        ? Optional.empty()
        : Optional.of(new AffineLayer(node, layout, weights, bias));
  }

  Node node() {
    return node;
  }

  int channels() {
    return channels;
  }

  DataType dataType() {
    return weights.dataType();
  }

  /// Whether the channels are known to be axis 1 of the output.
  boolean channelsAreAxisOne() {
    return !node.is("MatMul") || isMatrixProduct();
  }

  /// Expands a constant that broadcasts to one number per channel: `[…, C, 1, 1]` for a convolution
  /// over two axes, `[…, C]` for a product.
  ///
  /// @return `[channels]`, or empty if the constant varies along other axes or would add axes to
  ///   the output
  Optional<double[]> perChannel(Tensor constant) {
    int rank = constant.shape().rank();
    int maxRank =
        node.is("MatMul")
            ? node.input(0).shape().map(Shape::rank).orElse(1)
            : weights.shape().rank();
    int channelAxis = rank - 1 - layout.spatialAxes();
    long alongChannels = channelAxis >= 0 ? constant.shape().size(channelAxis) : 1;
    if (rank > maxRank
        || constant.elements() != alongChannels
        || (alongChannels != 1 && alongChannels != channels)) {
      return Optional.empty();
    }
    double[] values = new double[channels];
    for (int o = 0; o < channels; o++) {
      values[o] = constant.doubleAt(alongChannels == 1 ? 0 : o);
    }
    return Optional.of(values);
  }

  /// Folds `reader`, the only reader of the layer's output y, which computes `scale[o] · y[o] +
  /// shift[o]`. Removes the reader; the layer then produces the reader's output. A `MatMul` of two
  /// matrices with a shift becomes a `Gemm`.
  ///
  /// @param scale `[channels]`, in double
  /// @param shift `[channels]`
  /// @return false, with the graph unchanged, if a folded weight or bias is not finite in the type
  ///   of the weights, if FLOAT16 weights of a channel would become subnormal and lose more
  ///   precision than by rounding, or if the layer is a `MatMul` that cannot become a `Gemm`
  boolean absorb(Node reader, double[] scale, double[] shift) {
    return absorb(List.of(reader), scale, shift);
  }

  /// Folds a chain of nodes in the same way. Each is the only reader of the one before.
  boolean absorb(List<Node> readers, double[] scale, double[] shift) {
    double[] newBias = new double[channels];
    boolean biased = !node.is("MatMul") && node.input(2).isPresent();
    for (int o = 0; o < channels; o++) {
      newBias[o] = bias[o] * scale[o] + shift[o];
      biased |= newBias[o] != 0;
    }
    boolean becomesGemm = biased && node.is("MatMul");
    if (becomesGemm && !canBecomeGemm()) {
      return false;
    }
    Tensor newWeights = scaledWeights(scale);
    Tensor biasTensor = TensorArrays.toTensor(Nd4j.createFromArray(newBias), weights.dataType());
    if (!newWeights.isFinite() || !biasTensor.isFinite() || losesPrecision(newWeights, scale)) {
      return false;
    }
    Graph graph = node.graph();
    Value oldBias = becomesGemm ? Value.ABSENT : node.input(2);
    Value weightsValue = replaced(graph, node.input(1), newWeights);
    Value bias = Value.ABSENT;
    if (biased) {
      bias =
          oldBias.isPresent()
              ? replaced(graph, oldBias, biasTensor)
              : graph.addConstant(weightsValue.name() + "_bias", biasTensor);
    }
    Node target = node;
    if (becomesGemm) {
      target =
          graph.insertBefore(
              node,
              NodeBuilder.of("Gemm")
                  .name(node.name())
                  .inputs(node.input(0), weightsValue, bias)
                  .output(graph.uniqueName(node.output(0).name())));
    } else {
      node.setInput(1, weightsValue);
    }
    if (biased) {
      target.setInput(2, bias);
      target.removeAttribute("beta");
    }
    Node last = readers.getLast();
    Value result = last.output(0);
    last.truncateInputs(0);
    readers.subList(0, readers.size() - 1).reversed().forEach(graph::remove);
    graph.adoptOutput(target, 0, result);
    graph.remove(last);
    if (becomesGemm) {
      graph.remove(node);
    }
    return true;
  }

  /// Returns a constant with new data: `former` itself if it has no other reader, so that names do
  /// not grow along a chain of folds.
  private static Value replaced(Graph graph, Value former, Tensor data) {
    if (former.hasSingleUse() && former.initializer().isPresent() && former.graph() == graph) {
      graph.setInitializer(former, data);
      return former;
    }
    return graph.addConstant(former.name(), data);
  }

  private boolean isMatrixProduct() {
    return node.input(0).shape().filter(shape -> shape.rank() == 2).isPresent();
  }

  private boolean canBecomeGemm() {
    return isMatrixProduct() && node.opset() >= (weights.dataType() == DataType.BFLOAT16 ? 13 : 7);
  }

  private Tensor scaledWeights(double[] scale) {
    double[] scaled = new double[Math.toIntExact(weights.elements())];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = weights.doubleAt(i) * scale[layout.outputChannel(i)];
    }
    return TensorArrays.toTensor(
        Nd4j.createFromArray(scaled).reshape(weights.shape().sizes()), weights.dataType());
  }

  /// Whether the error of a folded FLOAT16 weight exceeds the rounding error of the largest weight
  /// of its channel. Subnormal numbers of the other types lie below 1.2e-38 and do not matter.
  private boolean losesPrecision(Tensor folded, double[] scale) {
    if (weights.dataType() != DataType.FLOAT16) {
      return false;
    }
    double[] largest = new double[channels];
    double[] error = new double[channels];
    for (long i = 0; i < weights.elements(); i++) {
      int o = layout.outputChannel(i);
      double exact = weights.doubleAt(i) * scale[o];
      largest[o] = Math.max(largest[o], Math.abs(exact));
      error[o] = Math.max(error[o], Math.abs(folded.doubleAt(i) - exact));
    }
    for (int o = 0; o < channels; o++) {
      if (error[o] > largest[o] * FLOAT16_ROUNDING) {
        return true;
      }
    }
    return false;
  }

  /// The bias of each channel, times `beta` for a `Gemm`; null if it is not a constant with one
  /// number per channel.
  private static double @Nullable [] bias(Node node, DataType type, long channels) {
    double[] bias = new double[Math.toIntExact(channels)];
    if (node.is("MatMul") || node.input(2).isAbsent()) {
      return bias;
    }
    Tensor tensor = node.input(2).constant().orElse(null);
    if (tensor == null
        || tensor.dataType() != type
        || !node.input(2).quantizationAnnotation().isEmpty()) {
      return null;
    }
    long[] sizes = tensor.shape().sizes();
    boolean perChannel = sizes.length > 0 && sizes[sizes.length - 1] == channels;
    boolean row = tensor.elements() == (perChannel ? channels : 1);
    boolean gemm = node.is("Gemm");
    if (!row || (gemm ? sizes.length > 2 : !perChannel || sizes.length != 1)) {
      return null;
    }
    float beta = gemm ? node.floatAttribute("beta", 1f) : 1f;
    for (int o = 0; o < bias.length; o++) {
      bias[o] = beta * tensor.doubleAt(perChannel ? o : 0);
    }
    return bias;
  }
}
