// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.graph.shape.ShapeInference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Lets layers read signs: the layers with given names, or all between the first and the last that
/// read a rectified value.
///
/// 1. A rectifier that only such layers read, directly or through max pooling and nodes that only
///    move elements (flattening, channel shuffle), becomes the sign of what it rectified.
/// 2. A rectifier with other readers, such as a shortcut, stays for those; the layer reads the sign
///    of what it rectified.
/// 3. A named layer that reads another computed value reads its sign. One that reads an input of
///    the model goes on reading it, as the first layer of BinaryNet does.
///
/// Rectifiers are `Relu`, `LeakyRelu`, `PRelu`, `Elu`, `HardSwish` and `Clip`, whose sign is that
/// of their input. The network must be trained again afterwards. Immutable.
public final class BinarizeActivations implements Transformation<Integer> {
  private static final Set<String> KEEP_SIGNS =
      Set.of("MaxPool", "Flatten", "Reshape", "Transpose");
  private static final Set<String> RECTIFIERS =
      Set.of("Relu", "LeakyRelu", "PRelu", "Elu", "HardSwish", "Clip");

  private final Set<String> names;

  /// Binarizes what all layers but the first and the last read, where it is rectified.
  public BinarizeActivations() {
    this(Set.of());
  }

  private BinarizeActivations(Set<String> names) {
    this.names = names;
  }

  /// Binarizes what the layers of these names read, the first and the last included.
  ///
  /// @param layers names of nodes, one or more
  public static BinarizeActivations ofLayers(Set<String> layers) {
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("expected the name of a layer, got none");
    }
    return new BinarizeActivations(new LinkedHashSet<>(layers));
  }

  @Override
  public String name() {
    return "binarize-activations";
  }

  /// @return number of activations that became binary
  /// @throws IllegalArgumentException if a name is not that of a layer
  @Override
  public Integer apply(Model model) {
    ShapeInference.infer(model);
    Graph graph = model.graph();
    List<Node> layers =
        names.isEmpty() ? BinaryLayers.inner(graph) : BinaryLayers.named(graph, names);
    Set<Node> readers = Collections.newSetFromMap(new IdentityHashMap<>());
    readers.addAll(layers);
    IdentityHashMap<Value, Value> signs = new IdentityHashMap<>();
    for (Node layer : layers) {
      binarize(graph, layer, readers, signs);
    }
    return signs.size();
  }

  private void binarize(
      Graph graph, Node layer, Set<Node> readers, IdentityHashMap<Value, Value> signs) {
    List<Node> between = new ArrayList<>();
    Value source = layer.input(0);
    Optional<Node> producer = source.producer();
    while (producer.filter(BinarizeActivations::keepsSigns).isPresent()) {
      between.add(producer.get());
      source = producer.get().input(0);
      producer = source.producer();
    }
    if (producer.filter(SignPattern::is).isPresent()) {
      return;
    }
    if (producer.isEmpty() || !isRectifier(producer.get())) {
      if (!names.isEmpty() && producer.isPresent()) {
        layer.setInput(0, sign(graph, layer, layer.input(0), signs));
      }
      return;
    }
    Node rectifier = producer.get();
    Value sign = sign(graph, rectifier, rectifier.input(0), signs);
    if (isReadBy(readers, source)) {
      graph.replaceUses(source, sign);
      graph.remove(rectifier);
      return;
    }
    Value read = sign;
    for (Node node : between.reversed()) {
      read = copy(graph, layer, node, read);
    }
    layer.setInput(0, read);
  }

  private static Value sign(
      Graph graph, Node anchor, Value x, IdentityHashMap<Value, Value> signs) {
    return signs.computeIfAbsent(
        x,
        value ->
            SignPattern.insertBefore(
                graph, anchor, graph.uniqueName(value.name() + ".sign"), value));
  }

  private static Value copy(Graph graph, Node anchor, Node original, Value data) {
    List<Value> inputs = new ArrayList<>(original.inputs());
    inputs.set(0, data);
    NodeBuilder copy =
        NodeBuilder.of(original.opType())
            .unchecked()
            .name(graph.uniqueNodeName(original.name() + ".sign"))
            .inputs(inputs)
            .output(
                graph.uniqueName(original.output(0).name() + ".sign"),
                original.output(0).type().orElse(null));
    original.attributes().forEach(copy::attribute);
    return graph.insertBefore(anchor, copy).output(0);
  }

  static boolean keepsSigns(Node node) {
    return node.domain().isEmpty() && KEEP_SIGNS.contains(node.opType());
  }

  /// Whether the sign of the node's output is that of its input, except at 0.
  private static boolean isRectifier(Node node) {
    if (!node.domain().isEmpty() || !RECTIFIERS.contains(node.opType())) {
      return false;
    }
    return !node.is("Clip") || clipsBelowAtMostZero(node);
  }

  private static boolean clipsBelowAtMostZero(Node clip) {
    if (clip.input(1).isAbsent()) { // before opset 11 the bound is an attribute
      return clip.attribute("min").isPresent() && clip.floatAttribute("min", 1) <= 0;
    }
    return clip.input(1)
        .constant()
        .filter(low -> low.elements() == 1 && low.doubleAt(0) <= 0)
        .isPresent();
  }

  private static boolean isReadBy(Set<Node> readers, Value value) {
    return !value.isGraphOutput()
        && value.useCount() > 0
        && value.uses().stream()
            .allMatch(use ->
                (readers.contains(use.node()) && use.node().input(0) == value)
                    || (keepsSigns(use.node()) && isReadBy(readers, use.node().output(0))));
  }
}
