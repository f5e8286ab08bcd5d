// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Merges convolutions that read the same tensor with equal attributes into one wide convolution.
///
/// 1. `y = Conv(x, V, b), z = Conv(x, W, c)` with equal attributes, kernel and type → `y, z =
///    Split(Conv(x, [V; W], [b; c]))` along the channels. If only some have a bias, the others get
///    zeros. Weights are copied bit for bit.
///
/// Unchanged: grouped convolutions, weights or biases that are not constant. Faster on a GPU that a
/// single convolution does not fill. On a CPU the `Split` may cost more than the merge saves, so
/// [Fusion#standard] omits this pass.
public final class MergeSiblingConvs implements Rewrite {
  private static final long SPLIT_AS_INPUT_OPSET = 13;
  private static final long MIN_OPSET = 7;

  private record Key(
      Value input, Map<String, AttributeValue> attributes, DataType type, Shape kernel) {}

  private record Sibling(Node node, Tensor weights) {
    long channels() {
      return weights.shape().size(0);
    }
  }

  @Override
  public String name() {
    return "merge-sibling-convs";
  }

  @Override
  public boolean apply(Model model) {
    boolean changed = false;
    for (Graph graph : NestedGraphs.of(model)) {
      Map<Key, List<Sibling>> groups = new LinkedHashMap<>();
      for (Node node : graph.nodes()) {
        if (isMergeable(node)) {
          Tensor weights = node.input(1).constant().orElseThrow();
          Key key =
              new Key(
                  node.input(0),
                  Map.copyOf(node.attributes()),
                  weights.dataType(),
                  weights.shape().with(0, Dim.UNKNOWN));
          groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(new Sibling(node, weights));
        }
      }
      for (List<Sibling> siblings : groups.values()) {
        if (siblings.size() > 1) {
          merge(graph, siblings);
          changed = true;
        }
      }
    }
    return changed;
  }

  private static boolean isMergeable(Node node) {
    if (!node.is("Conv")
        || node.opset() < MIN_OPSET
        || node.intAttribute("group", 1) != 1
        || node.input(0).isAbsent()
        || node.input(1).isAbsent()
        || node.output(0).isAbsent()
        || !node.input(1).quantizationAnnotation().isEmpty()) {
      return false;
    }
    Tensor weights = node.input(1).constant().orElse(null);
    if (weights == null || weights.shape().rank() < 3 || !weights.dataType().isFloating()) {
      return false;
    }
    Shape perChannel = Shape.of(weights.shape().size(0));
    return node.input(2).isAbsent()
        || node.input(2)
            .constant()
            .filter(bias -> bias.dataType() == weights.dataType())
            .filter(bias -> bias.shape().equals(perChannel))
            .isPresent();
  }

  private static void merge(Graph graph, List<Sibling> siblings) {
    Node first = siblings.getFirst().node();
    long[] channels = siblings.stream().mapToLong(Sibling::channels).toArray();
    Value weights =
        graph.addConstant(
            first.input(1).name() + "_merged",
            concatenate(siblings.stream().map(Sibling::weights).toList()));
    NodeBuilder wide =
        NodeBuilder.of("Conv")
            .name(first.name())
            .inputs(first.input(0), weights)
            .output(graph.uniqueName(first.output(0).name() + "_merged"));
    first.attributes().forEach(wide::attribute);
    if (siblings.stream().anyMatch(sibling -> sibling.node().input(2).isPresent())) {
      List<Tensor> biases = siblings.stream().map(MergeSiblingConvs::biasOrZeroes).toList();
      wide.inputs(graph.addConstant(weights.name() + "_bias", concatenate(biases)));
    }
    Node conv = graph.insertBefore(first, wide);
    NodeBuilder parts =
        NodeBuilder.of("Split")
            .name(graph.uniqueNodeName(first.name() + "_split"))
            .attribute("axis", 1)
            .inputs(conv.output(0));
    if (first.opset() >= SPLIT_AS_INPUT_OPSET) {
      parts.inputs(graph.addConstant(weights.name() + "_channels", Tensor.vector(channels)));
    } else {
      parts.ints("split", channels);
    }
    for (int i = 0; i < channels.length; i++) {
      parts.output(graph.uniqueName(conv.output(0).name() + "_part_" + i));
    }
    Node split = graph.insertAfter(conv, parts);
    for (int i = 0; i < channels.length; i++) {
      Node sibling = siblings.get(i).node();
      graph.adoptOutput(split, i, sibling.output(0));
      graph.remove(sibling);
    }
  }

  private static Tensor biasOrZeroes(Sibling sibling) {
    if (sibling.node().input(2).isPresent()) {
      return sibling.node().input(2).constant().orElseThrow();
    }
    DataType type = sibling.weights().dataType();
    int bytes = Math.toIntExact(type.byteSize(sibling.channels()));
    return Tensor.of(type, Shape.of(sibling.channels()), MemorySegment.ofArray(new byte[bytes]));
  }

  /// Concatenates along axis 0, which appends the data in row-major order.
  private static Tensor concatenate(List<Tensor> parts) {
    long size = parts.stream().mapToLong(Tensor::byteSize).sum();
    long channels = parts.stream().mapToLong(part -> part.shape().size(0)).sum();
    MemorySegment joined = MemorySegment.ofArray(new byte[Math.toIntExact(size)]);
    long offset = 0;
    for (Tensor part : parts) {
      MemorySegment.copy(part.bytes(), 0, joined, offset, part.byteSize());
      offset += part.byteSize();
    }
    Tensor first = parts.getFirst();
    return Tensor.of(first.dataType(), first.shape().with(0, Dim.of(channels)), joined);
  }
}
