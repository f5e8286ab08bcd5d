// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Expands the nodes that [PackedWeights] made to FLOAT initializers of the same names.
final class UnpackWeights {
  private static final int MAX_RANK = 8;

  private final OnnxLimits limits;
  private long unpackedBytes;

  private UnpackWeights(OnnxLimits limits) {
    this.limits = limits;
  }

  /// @throws ModelFormatException naming the node whose data are damaged, of another version or too
  ///   large
  static void apply(Model model, OnnxLimits limits) {
    UnpackWeights unpacking = new UnpackWeights(limits);
    boolean found = false;
    for (Node node : model.graph().allNodes()) {
      if (node.domain().equals(PackedWeights.DOMAIN)
          && WeightPacking.of(node.opType()).isPresent()) {
        unpacking.expand(node);
        found = true;
      }
    }
    boolean left =
        model.graph().allNodes().stream()
            .anyMatch(node -> node.domain().equals(PackedWeights.DOMAIN));
    if (found && !left) {
      Map<String, Long> versions = new LinkedHashMap<>(model.opsets().versions());
      versions.remove(PackedWeights.DOMAIN);
      model.graph().setOpsets(new OpsetImports(versions));
    }
  }

  private void expand(Node node) {
    WeightPacking packing = WeightPacking.of(node.opType()).orElseThrow();
    long version = node.intAttribute("version", 0);
    if (version != PackedWeights.VERSION) {
      throw problem(
          node,
          "its form has version %d, expected %d; write the model with this version of Quench"
              .formatted(version, PackedWeights.VERSION));
    }
    String layout = node.textAttribute("layout", "");
    if (!layout.equals(PackedWeights.LAYOUT)) {
      throw problem(
          node, "its layout is '%s', expected '%s'".formatted(layout, PackedWeights.LAYOUT));
    }
    Shape shape = shape(node);
    Value source = source(node);
    byte[] packed = bytes(node, source, packing.packedBytes(shape.elements()));
    String expected = node.textAttribute("sha256", "");
    String actual = packing.checksum(version, shape, packed);
    if (!actual.equals(expected)) {
      throw problem(
          node,
          "its weights have checksum %s, expected %s; the file is damaged, write it again"
              .formatted(actual, expected));
    }
    Tensor tensor;
    try {
      tensor = packing.unpack(packed, shape);
    } catch (ModelFormatException e) {
      throw problem(node, String.valueOf(e.getMessage()));
    }
    replace(node, source, tensor);
  }

  private Shape shape(Node node) {
    long[] sizes = node.intsAttribute("shape").orElse(new long[0]);
    if (sizes.length == 0 || sizes.length > MAX_RANK) {
      throw problem(
          node, "its shape has rank %d, expected 1 to %d".formatted(sizes.length, MAX_RANK));
    }
    long bytes = 4;
    for (long size : sizes) {
      if (size < 1 || size > WeightPacking.MAX_FLOAT_BYTES) {
        throw problem(
            node,
            "its shape %s has a size outside 1 to %d"
                .formatted(Arrays.toString(sizes), WeightPacking.MAX_FLOAT_BYTES));
      }
      // Both factors are below 2^31 here.
      bytes *= size;
      if (bytes > Math.min(limits.tensorBytes(), WeightPacking.MAX_FLOAT_BYTES)) {
        throw problem(
            node,
            "its weights would take more than %d bytes, the limit"
                .formatted(Math.min(limits.tensorBytes(), WeightPacking.MAX_FLOAT_BYTES)));
      }
    }
    unpackedBytes += bytes;
    if (unpackedBytes > limits.tensorBytes()) {
      throw problem(
          node,
          "the packed weights would take more than %d bytes in all, the limit"
              .formatted(limits.tensorBytes()));
    }
    return Shape.of(sizes);
  }

  private static Value source(Node node) {
    Value source = node.input(0);
    if (node.inputs().size() != 1 || node.outputs().size() != 1 || node.output(0).isAbsent()) {
      throw problem(
          node,
          "it has %d inputs and %d outputs, expected one each"
              .formatted(node.inputs().size(), node.outputs().size()));
    }
    // One reader each, so that a small file cannot be expanded again and again.
    if (source.initializer().isEmpty()
        || source.isGraphInput()
        || !source.hasSingleUse()
        || source.graph() != node.graph()
        || source.dataType().orElse(null) != DataType.UINT8) {
      throw problem(
          node,
          "expected its input '%s' to be a UINT8 initializer of the same graph that nothing else reads"
              .formatted(source.name()));
    }
    return source;
  }

  private static byte[] bytes(Node node, Value source, long expected) {
    Tensor tensor = source.initializer().orElseThrow();
    if (tensor.byteSize() != expected) {
      throw problem(
          node,
          "its weights have %d bytes, expected %d; the file is damaged, write it again"
              .formatted(tensor.byteSize(), expected));
    }
    return tensor.bytes().toArray(ValueLayout.JAVA_BYTE);
  }

  private static void replace(Node node, Value source, Tensor tensor) {
    Graph graph = node.graph();
    Value former = node.output(0);
    String name = former.name();
    Value weight = graph.addConstant(name + "_float", tensor);
    move(former, weight);
    graph.remove(node);
    graph.removeInitializer(source);
    graph.rename(weight, name);
  }

  /// Lets `to` stand wherever `from` does, with all that is said about it.
  static void move(Value from, Value to) {
    Graph graph = from.graph();
    graph.replaceUses(from, to);
    moveOutputs(graph, from, to);
    to.setDocString(from.docString());
    to.metadata().putAll(from.metadata());
    to.quantizationAnnotation().putAll(from.quantizationAnnotation());
  }

  private static void moveOutputs(Graph graph, Value from, Value to) {
    for (int i = 0; i < graph.outputs().size(); i++) {
      if (graph.outputs().get(i) == from) {
        graph.setOutput(i, to);
      }
    }
    if (from.isGraphOutput()) {
      graph.nodes().stream()
          .flatMap(node -> node.nestedGraphs().stream())
          .forEach(nested -> moveOutputs(nested, from, to));
    }
  }

  private static ModelFormatException problem(Node node, String problem) {
    return new ModelFormatException(node.describe() + ": " + problem);
  }
}
