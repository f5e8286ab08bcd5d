// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.xnor.kernel.Kernels;
import dev.quench.xnor.recognize.Instruction;
import dev.quench.xnor.recognize.Recognition;
import java.util.ArrayList;
import java.util.List;

/// Lists the layers of a model that [XnorBackend][dev.quench.xnor.XnorBackend] runs on bits or by
/// look-ups and the nodes that stay in ONNX Runtime, with the reason.
///
/// @param kernel the kernel that this process uses, one line
/// @param binary layers that run on bits, in graph order
/// @param lookups layers of words and codes that run by look-ups, in graph order; empty where any
///   layer runs on bits
/// @param kept all nodes that run in ONNX Runtime, in graph order
public record XnorPlan(
    String kernel, List<BinaryLayer> binary, List<LookupLayer> lookups, List<Kept> kept) {
  /// A layer that runs on bits.
  ///
  /// @param node as in messages: `Conv 'conv2'`
  /// @param channels of the input
  /// @param outChannels of the output
  /// @param ternary whether any weight is 0
  /// @param weightBytes size when packed: 1 bit per weight, 2 if ternary or where groups end inside
  ///   of a word, with input channels padded to 32 and output channels to 64
  /// @param products binary multiplications for one output pixel
  public record BinaryLayer(
      String node,
      int channels,
      int outChannels,
      boolean ternary,
      long weightBytes,
      long products) {}

  /// A layer that runs by look-ups.
  ///
  /// @param node as in messages
  /// @param words of each piece
  /// @param length channels of a piece
  /// @param pieces that the input channels are cut into
  /// @param operations of the form with tables, as a share of the layer's MACs
  public record LookupLayer(String node, int words, int length, int pieces, double operations) {}

  /// A node that stays in ONNX Runtime.
  ///
  /// @param node as in messages
  /// @param opType its operator
  /// @param reason a phrase without a full stop
  public record Kept(String node, String opType, String reason) {}

  public XnorPlan {
    binary = List.copyOf(binary);
    lookups = List.copyOf(lookups);
    kept = List.copyOf(kept);
  }

  /// Whether anything runs on bits.
  public boolean hasBinaryLayers() {
    return !binary.isEmpty();
  }

  /// Lists the layers and nodes of a model; ignores nodes that no output needs.
  public static XnorPlan of(Model model, Recognition recognition) {
    List<BinaryLayer> binary = new ArrayList<>();
    List<LookupLayer> lookups = new ArrayList<>();
    List<Kept> kept = new ArrayList<>();
    GraphPartition partition = new GraphPartition(model, recognition);
    for (Node node : model.graph().nodes()) {
      Instruction instruction = recognition.instruction(node).orElse(null);
      if (instruction instanceof Instruction.Convolution layer) {
        binary.add(
            new BinaryLayer(
                node.describe(),
                layer.weights().channels(),
                layer.weights().outChannels(),
                layer.weights().isTernary(),
                layer.weights().bytes(),
                layer.weights().products()));
      } else if (instruction instanceof Instruction.Lookup layer) {
        lookups.add(lookup(layer));
      } else if (instruction == null && partition.runs(node) && !node.is("Constant")) {
        kept.add(new Kept(node.describe(), node.opType(), recognition.reason(node)));
      }
    }
    return new XnorPlan(Kernels.chosen().description(), binary, lookups, kept);
  }

  private static LookupLayer lookup(Instruction.Lookup layer) {
    CodebookWeights weights = layer.weights();
    double uses = (double) weights.outputs() * weights.taps();
    return new LookupLayer(
        layer.node().describe(),
        weights.words(),
        weights.length(),
        weights.pieces(),
        weights.words() / uses + 1.0 / weights.length());
  }
}
