// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/// Stores binary and ternary weights with 1 and 2 bits each in an otherwise ordinary ONNX file.
///
/// Weights of `Conv`, `ConvTranspose`, `Gemm` and `MatMul` that are exactly -1.0 and +1.0, or -1.0,
/// +0.0 and +1.0, become the output of a node `UnpackBinary` or `UnpackTernary` in the domain
/// `dev.quench`, version 1. Its input is a UINT8 initializer of bit planes: row-major, least
/// significant bit first, 1 for -1.0, each plane padded with zero bits to whole bytes; the ternary
/// form has a second plane with 1 where a weight is not zero. Its attributes are `version` (1),
/// `shape`, `layout` (`row-major`) and `sha256` over form, version, shape and bits. All other
/// weights, also those with a -0.0, stay FLOAT, so packing is lossless.
///
/// [OnnxReader] expands such a file while reading it. Other readers do not know the domain: give
/// them the portable form.
public final class PackedWeights {
  static final String DOMAIN = "dev.quench";
  static final long VERSION = 1;
  static final String LAYOUT = "row-major";

  /// With fewer elements the node takes more space than packing saves.
  private static final long MIN_ELEMENTS = 128;

  private static final Set<String> PRODUCTS = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");

  /// What was packed.
  ///
  /// @param binary how many tensors with 1 bit a weight
  /// @param ternary how many with 2 bits
  /// @param floatBytes what they took before
  /// @param packedBytes what they take now
  public record Report(int binary, int ternary, long floatBytes, long packedBytes) {}

  private PackedWeights() {}

  /// Packs what can be packed, in place.
  public static Report pack(Model model) {
    int binary = 0;
    int ternary = 0;
    long floatBytes = 0;
    long packedBytes = 0;
    for (Value value : weights(model.graph())) {
      Tensor tensor = value.constant().orElseThrow();
      WeightPacking packing = WeightPacking.fitting(tensor).orElse(null);
      if (packing == null) {
        continue;
      }
      replace(value, packing, tensor);
      switch (packing) {
        case BINARY -> binary++;
        case TERNARY -> ternary++;
      }
      floatBytes += tensor.byteSize();
      packedBytes += packing.packedBytes(tensor.elements());
    }
    if (binary + ternary > 0) {
      model.graph().setOpsets(model.opsets().with(DOMAIN, VERSION));
    }
    return new Report(binary, ternary, floatBytes, packedBytes);
  }

  private static Iterable<Value> weights(Graph graph) {
    return graph.initializers().stream()
        .filter(value -> value.initializer().isPresent() && !value.isGraphInput())
        .filter(value -> value.initializer().get().elements() >= MIN_ELEMENTS)
        .filter(value -> value.uses().stream().anyMatch(PackedWeights::isWeight))
        .toList();
  }

  private static boolean isWeight(Use use) {
    Node node = use.node();
    boolean operand = use.inputIndex() == 1 || (use.inputIndex() == 0 && node.is("MatMul"));
    return operand && node.domain().isEmpty() && PRODUCTS.contains(node.opType());
  }

  private static void replace(Value value, WeightPacking packing, Tensor tensor) {
    Graph graph = value.graph();
    byte[] packed = packing.pack(tensor);
    Shape shape = tensor.shape();
    Tensor bits = Tensor.of(DataType.UINT8, Shape.of(packed.length), MemorySegment.ofArray(packed));
    Value source = graph.addConstant(value.name() + "_packed", bits);
    String name = value.name();
    graph.rename(value, graph.uniqueName(name + "_float"));
    Node node =
        graph.insertBefore(
            graph.nodes().getFirst(),
            NodeBuilder.of(packing.opType())
                .domain(DOMAIN)
                .name(name + "_unpack")
                .inputs(source)
                .attribute("version", VERSION)
                .ints("shape", shape.sizes())
                .attribute("layout", LAYOUT)
                .attribute("sha256", AttributeValue.of(packing.checksum(VERSION, shape, packed)))
                .output(name, ValueType.tensor(DataType.FLOAT, shape)));
    UnpackWeights.move(value, node.output(0));
    graph.removeInitializer(value);
  }
}
