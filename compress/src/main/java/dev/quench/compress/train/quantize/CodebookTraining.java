// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.compress.binary.TrainingOps;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Layers of words and codes in the form in which they are trained, and back.
///
/// In that form the words are FLOAT, one parameter a layer, which `FakeQuantize` rounds to whole
/// multiples of one scale, −127 to 127, straight through in the backward pass; codes are constant
/// indices. So training moves words alone, and what it computes is what the stored bytes give.
/// Source: fine-tuning of codebooks by their summed gradients, Han et al., Deep Compression, ICLR
/// 2016, section 3.3.
public final class CodebookTraining {
  private static final Levels LEVELS = Levels.ofWeights(8, true);

  /// @param stored the weights as the layer read them before
  private record Layer(Node node, CodebookWeights weights, Value stored, Value words) {}

  private final Model model;
  private final List<Layer> layers;

  private CodebookTraining(Model model, List<Layer> layers) {
    this.model = model;
    this.layers = layers;
  }

  /// Brings all layers of words and codes into that form.
  ///
  /// @param model edited; its shapes are to be inferred anew
  public static CodebookTraining begin(Model model) {
    Graph graph = model.graph();
    List<Layer> layers = new ArrayList<>();
    List<Node> coded = graph.nodes().stream().filter(CodebookTraining::isCoded).toList();
    if (!coded.isEmpty()) {
      ShapeInference.infer(model);
      for (Node node : coded) {
        layers.add(open(graph, node, CodebookWeights.of(node).orElseThrow()));
      }
      graph.setOpsets(graph.opsets().with(TrainingOps.DOMAIN, 1));
    }
    return new CodebookTraining(model, layers);
  }

  private static boolean isCoded(Node node) {
    return (node.is("Conv") || node.is("Gemm") || node.is("MatMul"))
        && CodebookWeights.of(node).isPresent();
  }

  private static Layer open(Graph graph, Node node, CodebookWeights weights) {
    Value stored = node.input(1);
    String name = stored.name();
    Value words = graph.addConstant(name + "_trained", words(weights));
    NodeBuilder rounding =
        NodeBuilder.of(QuantizationNodes.FAKE_QUANTIZE)
            .domain(TrainingOps.DOMAIN)
            .name(graph.uniqueNodeName(name + "_round"))
            .inputs(words)
            .output(graph.uniqueName(name + "_rounded"), words.type().orElse(null));
    LayerQuantizer.levels(rounding, LEVELS);
    Value rounded = graph.insertBefore(node, rounding).output(0);
    node.setInput(1, weights.addLookup(graph, node, name + "_trained", rounded));
    return new Layer(node, weights, stored, words);
  }

  /// `[M·K, length]`.
  private static Tensor words(CodebookWeights weights) {
    float[] words = new float[weights.channels() * weights.words()];
    for (int m = 0, at = 0; m < weights.pieces(); m++) {
      for (int k = 0; k < weights.words(); k++) {
        for (int j = 0; j < weights.length(); j++) {
          words[at++] = weights.word(m, k, j);
        }
      }
    }
    long rows = (long) weights.pieces() * weights.words();
    return Tensor.ofFloats(Shape.of(rows, weights.length()), words);
  }

  /// Stores the trained words as bytes where the words were before, with the codes as they were;
  /// the model is as large as before.
  public void end() {
    if (layers.isEmpty()) {
      return;
    }
    Graph graph = model.graph();
    for (Layer layer : layers) {
      float[] words = layer.words().initializer().orElseThrow().toFloats();
      Value trained = layer.node().input(1);
      layer.node().setInput(1, layer.stored());
      removeUnused(graph, trained);
      float largest = 0;
      for (float word : words) {
        largest = Math.max(largest, Math.abs(word));
      }
      float scale = LEVELS.scale(-largest, largest);
      byte[] bytes = new byte[words.length];
      for (int i = 0; i < words.length; i++) {
        bytes[i] = (byte) Math.clamp(Math.rint(words[i] / scale), LEVELS.low(), LEVELS.high());
      }
      CodebookWeights.replaceWords(layer.node(), bytes, scale);
    }
    if (graph.nodes().stream().noneMatch(node -> node.domain().equals(TrainingOps.DOMAIN))) {
      Map<String, Long> versions = new LinkedHashMap<>(graph.opsets().versions());
      versions.remove(TrainingOps.DOMAIN);
      graph.setOpsets(new OpsetImports(versions));
    }
  }

  private static void removeUnused(Graph graph, Value value) {
    if (!value.isUnused()) {
      return;
    }
    if (value.isInitializer()) {
      graph.removeInitializer(value);
      return;
    }
    value
        .producer()
        .ifPresent(producer -> {
          List<Value> inputs = List.copyOf(producer.inputs());
          graph.remove(producer);
          inputs.forEach(input -> removeUnused(graph, input));
        });
  }
}
