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

/// A `Conv`, `ConvTranspose`, `Gemm` or `MatMul` with constant weights, seen as `y = W·x + b` for
/// each output channel, so that a scale and a shift per channel can be folded into it.
///
/// The channel is axis 1 of the output of a convolution and the last axis of a product's.
///
/// Folds are computed in double and rounded once to the type of the weights.
final class AffineLayer {
  /// Half a unit in the last of 11 binary places.
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

  /// The node as an affine layer; empty when it is another operator, when its weights or bias are
  /// not constant, floating and of fitting shapes, or when all weights are −1, 0 or 1: binary and
  /// ternary layers keep them exact.
  static Optional<AffineLayer> of(Node node) {
    // Before opset 7 an attribute of Gemm says whether the addend is broadcast.
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
        || isTernary(weights)) {
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

  /// Whether the channels are known to lie along axis 1 of the output.
  boolean channelsAreAxisOne() {
    return !node.is("MatMul") || isMatrixProduct();
  }

  /// `[…, C, 1, 1]` for a convolution over two axes, `[…, C]` for a product: the constants that
  /// broadcast to one number a channel, given as doubles.
  ///
  /// @return `[channels]`, or empty when the constant varies along other axes or would add axes to
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

  /// Makes the layer compute what `reader`, the only reader of its output y, makes of it: `scale[o]
  /// · y[o] + shift[o]`. The reader goes, its output stays under its name. A `MatMul` of two
  /// matrices that gets a shift becomes a `Gemm`.
  ///
  /// @param scale `[channels]`, in double
  /// @param shift `[channels]`
  /// @return false, with nothing changed, when a folded weight or bias is not finite in the type of
  ///   the weights, when FLOAT16 weights of a channel would become so small that they lose more
  ///   than rounding, or when the layer is a `MatMul` that cannot become a `Gemm`
  boolean absorb(Node reader, double[] scale, double[] shift) {
    return absorb(List.of(reader), scale, shift);
  }

  /// As the other, for what a chain of nodes makes of the output, of which each is the only reader
  /// of the one before.
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
    Node target = node;
    if (becomesGemm) {
      target =
          graph.insertBefore(
              node,
              NodeBuilder.of("Gemm")
                  .name(node.name())
                  .inputs(node.input(0), weightsValue)
                  .output(graph.uniqueName(node.output(0).name())));
    } else {
      node.setInput(1, weightsValue);
    }
    if (biased) {
      target.setInput(
          2,
          oldBias.isPresent()
              ? replaced(graph, oldBias, biasTensor)
              : graph.addConstant(weightsValue.name() + "_bias", biasTensor));
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

  /// A constant with other data: `former` itself where nobody else reads it, so that names do not
  /// grow along a chain of folds.
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

  /// Whether some folded FLOAT16 weight is off by more than the rounding of the largest one of its
  /// channel. The other types have subnormal numbers below 1.2e-38 only.
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

  /// The bias of each channel, times `beta` for a `Gemm`; null when it is not constant or not one
  /// number a channel.
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

  private static boolean isTernary(Tensor weights) {
    for (long i = 0; i < weights.elements(); i++) {
      double value = weights.doubleAt(i);
      if (value != 0 && Math.abs(value) != 1) {
        return false;
      }
    }
    return true;
  }
}
