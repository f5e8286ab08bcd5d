// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.compress.binary.TrainingOps;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// Lowers the nodes of [QuantizationNodes] to plain ONNX that computes what the trainer's
/// evaluation computes: `QuantizeLinear` and `DequantizeLinear`, integer weights, folded biases,
/// which separate nodes add behind layers of other than 8 bits.
///
/// Scales belong to the final weights, folded with the final running statistics. Immutable.
public final class LowerQuantization implements Rewrite {
  @Override
  public String name() {
    return "lower-quantization";
  }

  /// @throws IllegalArgumentException if an observer has seen no batch, the opset is too old for
  ///   the bits, or weights are not an initializer
  @Override
  public boolean apply(Model model) {
    Graph graph = model.graph();
    List<Node> nodes = graph.nodes().stream().filter(QuantizationNodes::is).toList();
    List<Node> biased = SeparateBias.layers(graph);
    PlainQuantizers plain = new PlainQuantizers(model);
    for (Node node : nodes) {
      List<Value> inputs = new ArrayList<>(node.inputs());
      lower(plain, graph, node);
      for (Value input : inputs) {
        if (input.isPresent() && input.isInitializer() && input.isUnused()) {
          graph.removeInitializer(input);
        }
      }
    }
    biased.forEach(layer -> SeparateBias.apply(graph, layer));
    if (!nodes.isEmpty()
        && graph.nodes().stream().noneMatch(node -> node.domain().equals(TrainingOps.DOMAIN))) {
      Map<String, Long> versions = new LinkedHashMap<>(graph.opsets().versions());
      versions.remove(TrainingOps.DOMAIN);
      graph.setOpsets(new OpsetImports(versions));
    }
    return !nodes.isEmpty();
  }

  private static void lower(PlainQuantizers plain, Graph graph, Node node) {
    switch (node.opType()) {
      case QuantizationNodes.FOLD -> fold(graph, node);
      case QuantizationNodes.FAKE_QUANTIZE -> {
        if (node.input(0).constant().isPresent()) {
          weights(plain, node);
        } else {
          activation(plain, node);
        }
      }
      case QuantizationNodes.LEARNED_STEP -> learnedStep(plain, node);
      case QuantizationNodes.CLIPPED -> {
        Levels levels = QuantizationNodes.levels(node);
        float scale = ClippingBound.scale(parameter(node)[0], levels);
        plain.replaceActivation(node, levels, scale, scale, 0);
      }
      case QuantizationNodes.DOREFA_ACTIVATION -> {
        DorefaLevels dorefa = new DorefaLevels(QuantizationNodes.bits(node), false);
        plain.replaceActivation(
            node, Levels.unsigned(dorefa.bits()), dorefa.inputScale(), dorefa.outputScale(), 0);
      }
      case QuantizationNodes.DOREFA_WEIGHTS -> dorefaWeights(plain, graph, node);
      case QuantizationNodes.GRADIENT -> {
        graph.replaceUses(node.output(0), node.input(0));
        graph.remove(node);
      }
      default -> throw new AssertionError(node.describe());
    }
  }

  private static void weights(PlainQuantizers plain, Node node) {
    Tensor weights = node.input(0).constant().orElseThrow();
    OptionalInt axis = QuantizationNodes.axis(node);
    float[][] extremes =
        node.input(1).isPresent()
            ? frozenExtremes(node.input(1).constant().orElseThrow().toFloats())
            : RoundedWeights.extremes(weights, axis);
    plain.replaceWeights(
        node,
        node.input(0).name(),
        axis,
        RoundedWeights.of(weights, axis, QuantizationNodes.levels(node), extremes[0], extremes[1]));
  }

  private static float[][] frozenExtremes(float[] state) {
    int channels = state.length / 2;
    float[][] extremes = new float[2][channels];
    System.arraycopy(state, 1, extremes[0], 0, channels);
    System.arraycopy(state, 1 + channels, extremes[1], 0, channels);
    return extremes;
  }

  private static void activation(PlainQuantizers plain, Node node) {
    Levels levels = QuantizationNodes.levels(node);
    List<float[]> states =
        node.inputs().stream()
            .skip(1)
            .map(state -> state.constant().orElseThrow().toFloats())
            .filter(ObserverState::isKnown)
            .toList();
    if (states.isEmpty()) {
      throw new IllegalArgumentException(
          "the range of '%s' is unknown: no batch has passed its observer; train or calibrate the model first"
              .formatted(node.input(0).name()));
    }
    float[] range =
        ObserverState.union(
            states, QuantizationNodes.observer(node), QuantizationNodes.share(node));
    float scale = levels.scale(range[0], range[1]);
    plain.replaceActivation(node, levels, scale, scale, levels.zeroPoint(range[0], scale));
  }

  private static void learnedStep(PlainQuantizers plain, Node node) {
    Levels levels = QuantizationNodes.levels(node);
    float[] steps = parameter(node);
    float[] scales = new float[steps.length];
    for (int c = 0; c < steps.length; c++) {
      scales[c] = Math.max(Math.abs(steps[c]), Levels.SMALLEST_SCALE);
    }
    if (node.input(0).constant().isEmpty()) {
      plain.replaceActivation(node, levels, scales[0], scales[0], 0);
      return;
    }
    OptionalInt axis = QuantizationNodes.axis(node);
    plain.replaceWeights(
        node,
        node.input(0).name(),
        axis,
        RoundedWeights.of(
            node.input(0).constant().orElseThrow(), axis, levels, scales, new int[scales.length]));
  }

  /// The trained step or bound.
  private static float[] parameter(Node node) {
    boolean started =
        node.input(2).isAbsent()
            || ObserverState.isKnown(node.input(2).constant().orElseThrow().toFloats());
    if (!started) {
      throw new IllegalArgumentException(
          "the step of '%s' is unknown: no batch has passed; train the model first"
              .formatted(node.input(0).name()));
    }
    return node.input(1).constant().orElseThrow().toFloats();
  }

  private static void dorefaWeights(PlainQuantizers plain, Graph graph, Node node) {
    Tensor weights =
        node.input(0)
            .constant()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    node.describe() + ": its weights are computed, expected an initializer"));
    DorefaLevels dorefa =
        new DorefaLevels(QuantizationNodes.bits(node), QuantizationNodes.isWithZero(node));
    boolean shifted = dorefa.form() == DorefaLevels.Form.SHIFTED;
    DataType type =
        !shifted ? DataType.INT8 : dorefa.bits() <= 8 ? DataType.UINT8 : DataType.UINT16;
    RoundedWeights rounded =
        new RoundedWeights(
            RoundedWeights.store(type, weights.shape(), dorefa.quantize(weights.toFloats())),
            Tensor.scalar(dorefa.weightScale()),
            RoundedWeights.store(type, Shape.SCALAR, 0));
    String name = node.input(0).name();
    Value dequantized = plain.replaceWeights(node, name, OptionalInt.empty(), rounded);
    if (shifted) {
      List<Use> readers = dequantized.uses();
      Node subtract =
          graph.insertAfter(
              dequantized.producer().orElseThrow(),
              NodeBuilder.of("Sub")
                  .name(graph.uniqueNodeName(name + "_Sub"))
                  .inputs(dequantized, graph.addConstant(name + "_one", Tensor.scalar(1f)))
                  .output(
                      graph.uniqueName(name + "_shifted"),
                      ValueType.tensor(DataType.FLOAT, weights.shape())));
      readers.forEach(use -> use.node().setInput(use.inputIndex(), subtract.output(0)));
    }
  }

  private static void fold(Graph graph, Node fold) {
    FoldedLayer folded = FoldedLayer.of(fold);
    String name = fold.input(1).name();
    Value bias = graph.addConstant(name + "_folded_bias", folded.bias());
    if (fold.output(2).isPresent()) {
      useAsBias(graph, fold, bias);
    } else {
      graph.replaceUses(fold.output(1), bias);
    }
    graph.replaceUses(fold.output(0), graph.addConstant(name + "_folded", folded.weights()));
    Value sums = fold.input(0);
    List<Value> inputs = List.copyOf(fold.inputs());
    graph.remove(fold);
    if (sums.isPresent() && sums.isUnused()) {
      sums.producer().ifPresent(graph::remove);
    }
    for (Value input : inputs) {
      if (input.isPresent() && input.isInitializer() && input.isUnused()) {
        graph.removeInitializer(input);
      }
    }
  }

  /// `Add(Mul(layer, ratio), bias)` → a layer with this bias, as the ratio of running statistics to
  /// themselves is 1.
  private static void useAsBias(Graph graph, Node fold, Value bias) {
    Node multiply = fold.output(2).uses().getFirst().node();
    Node add = fold.output(1).uses().getFirst().node();
    Node layer = multiply.input(0).producer().orElseThrow();
    Value result = add.output(0);
    layer.setInput(2, bias);
    add.truncateInputs(0);
    multiply.truncateInputs(0);
    graph.adoptOutput(layer, 0, result);
    graph.remove(add);
    graph.remove(multiply);
  }
}
