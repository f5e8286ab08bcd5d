// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.TensorArrays;
import dev.quench.compress.prune.structure.Contraction;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.factory.Nd4j;

/// Adds what channels that are cut give on average to the layer behind: to its bias, or to the mean
/// that the BatchNormalization behind it subtracts.
///
/// bias\_o += Σ over the cut c of mean\_c · Σ over the kernel of W\[o, c\]. Exact for a channel
/// that is constant, but for pixels at a border that is padded with zeros. Source: Ye et al.,
/// Rethinking the smaller-norm-less-informative assumption, ICLR 2018, section 4.2.
final class ConstantAbsorption {
  /// What it did.
  ///
  /// @param layers that took something over
  /// @param unknown layers that lose channels whose means are not known, or that have no place for
  ///   a constant
  record Report(int layers, int unknown) {
    /// For people; empty if nothing was done.
    List<String> notes() {
      if (layers == 0) {
        return List.of();
      }
      return List.of(
          "%d layer%s took over what the channels that went gave on average%s"
              .formatted(
                  layers,
                  layers == 1 ? "" : "s",
                  unknown == 0
                      ? ""
                      : "; for %d BatchNormalization does not tell it".formatted(unknown)));
    }
  }

  private ConstantAbsorption() {}

  /// Gives layers without a bias, and without BatchNormalization behind them, one of zeros.
  ///
  /// @return those that got one
  static List<Node> addBiases(Model model) {
    List<Node> added = new ArrayList<>();
    for (Node node : List.copyOf(model.graph().nodes())) {
      Tensor weights = node.input(1).constant().orElse(null);
      boolean layer = node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm");
      if (!layer
          || node.input(2).isPresent()
          || weights == null
          || readerOf(node).filter(each -> each.is("BatchNormalization")).isPresent()
          || !TensorArrays.supports(weights.dataType())) {
        continue;
      }
      WeightLayout.of(node, weights.shape())
          .ifPresent(layout -> {
            Tensor zeros =
                TensorArrays.toTensor(
                    Nd4j.zeros(org.nd4j.linalg.api.buffer.DataType.DOUBLE, layout.outputChannels()),
                    weights.dataType());
            node.setInput(2, model.graph().addConstant(node.output(0).name() + "_bias", zeros));
            added.add(node);
          });
    }
    return added;
  }

  /// Takes biases of [#addBiases] away that are still zero.
  static void removeZeros(List<Node> added) {
    for (Node node : added) {
      Value bias = node.input(2);
      if (Arrays.stream(bias.constant().orElseThrow().toDoubles()).allMatch(b -> b == 0)) {
        node.truncateInputs(2);
        node.graph().removeInitializer(bias);
      }
    }
  }

  private static Optional<Node> readerOf(Node node) {
    Value output = node.output(0);
    return output.hasSingleUse() ? Optional.of(output.uses().getFirst().node()) : Optional.empty();
  }

  /// Edits the model of a cut that is not yet applied.
  static Report apply(Cut cut) {
    int layers = 0;
    int unknown = 0;
    for (Contraction sum : cut.structure().contractions()) {
      Value data = sum.node().input(sum.input());
      if (cut.isCut(data, sum.axis())) {
        Optional<double[]> constants = constants(cut, sum);
        if (constants.isPresent() && add(sum.node(), constants.get())) {
          layers++;
        } else {
          unknown++;
        }
      }
    }
    return new Report(layers, unknown);
  }

  /// What each output loses on average.
  private static Optional<double[]> constants(Cut cut, Contraction sum) {
    Node node = sum.node();
    Value data = node.input(sum.input());
    Tensor weights = node.input(1).constant().orElse(null);
    boolean channels = sum.input() == 0 && sum.axis() == 1 && !node.is("MatMul");
    boolean matrix =
        node.is("MatMul") && data.shape().filter(shape -> shape.rank() == 2).isPresent();
    if (weights == null || !(channels || matrix) || !TensorArrays.supports(weights.dataType())) {
      return Optional.empty();
    }
    Optional<WeightLayout> layout = WeightLayout.of(node, weights.shape());
    Optional<ChannelMoments> moments = ChannelMoments.of(data);
    if (layout.isEmpty()
        || moments.isEmpty()
        || moments.get().means().length != layout.get().inputChannels()) {
      return Optional.empty();
    }
    double[] gone = moments.get().means().clone();
    for (int kept : cut.kept(data, sum.axis())) {
      gone[kept] = 0;
    }
    double[] constants = new double[Math.toIntExact(layout.get().outputChannels())];
    for (long i = 0; i < weights.elements(); i++) {
      constants[layout.get().outputChannel(i)] +=
          gone[layout.get().inputChannel(i)] * weights.doubleAt(i);
    }
    return Optional.of(constants);
  }

  /// Adds constants to what a layer gives, where it has a place for them.
  static boolean add(Node node, double[] constants) {
    Value output = node.output(0);
    Node reader = readerOf(node).orElse(null);
    if (reader != null && reader.is("BatchNormalization")) {
      return addTo(reader, 3, constants, -1, 1);
    }
    if (node.is("MatMul")) {
      return reader != null
          && reader.is("Add")
          && addTo(reader, biasOf(reader, output), constants, 1, 1);
    }
    double factor = node.is("Gemm") ? node.floatAttribute("alpha", 1) : 1;
    double divisor = node.is("Gemm") ? node.floatAttribute("beta", 1) : 1;
    return node.input(2).isPresent() && divisor != 0 && addTo(node, 2, constants, factor, divisor);
  }

  private static int biasOf(Node add, Value product) {
    return add.input(0) == product ? 1 : 0;
  }

  /// Adds to a vector of one number for each output, if only this node reads it.
  private static boolean addTo(
      Node node, int input, double[] constants, double factor, double divisor) {
    Value value = node.input(input);
    Tensor tensor = value.constant().orElse(null);
    if (tensor == null
        || value.useCount() > 1
        || tensor.elements() != constants.length
        || !TensorArrays.supports(tensor.dataType())) {
      return false;
    }
    double[] values = tensor.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] += factor * constants[i] / divisor;
    }
    Graph graph = node.graph();
    Shape shape = tensor.shape();
    Tensor changed =
        TensorArrays.toTensor(Nd4j.createFromArray(values), tensor.dataType()).reshape(shape);
    graph.setInitializer(value, changed);
    return true;
  }
}
