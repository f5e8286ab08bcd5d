// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/// Applies a [PrecisionAssignment]: retypes the lowered layers, converts the constants they read,
/// and adds one `Cast` after each value that is also needed in the other type.
final class CastInsertion {
  private final Graph graph;
  private final PrecisionAssignment assignment;
  private final boolean convertsInterface;
  private final DataType reduced;
  private final String suffix;
  private final IdentityHashMap<Value, Value> reducedScales = new IdentityHashMap<>();
  private int casts;
  private int constants;
  private long overflowed;
  private long flushed;

  /// The places that read a value in either type.
  private record Demand(List<Use> reduced, List<Use> full) {}

  CastInsertion(Graph graph, PrecisionAssignment assignment, LowerPrecision options) {
    this.graph = graph;
    this.assignment = assignment;
    this.convertsInterface = options.convertsInterface();
    this.reduced = options.precision().type();
    this.suffix = reduced == DataType.FLOAT16 ? "_fp16" : "_bf16";
  }

  int casts() {
    return casts;
  }

  int constants() {
    return constants;
  }

  long overflowed() {
    return overflowed;
  }

  long flushed() {
    return flushed;
  }

  void run() {
    List<Value> values = graph.values().stream().filter(PrecisionRole::isFloat).toList();
    // Collect everything before editing anything.
    List<Demand> demands = values.stream().map(this::demand).toList();
    List<Boolean> natural = values.stream().map(this::isReduced).toList();
    for (int i = 0; i < values.size(); i++) {
      Value value = values.get(i);
      if (value.constant().isPresent()) {
        convertConstant(value, demands.get(i));
      } else if (hasRole(value, PrecisionRole.DEQUANTIZE)) {
        convertDequantize(value, demands.get(i));
      } else if (hasRole(value, PrecisionRole.BRIDGE)) {
        shortcut(value, demands.get(i));
      } else {
        convertValue(value, natural.get(i), demands.get(i));
      }
    }
    for (Node node : List.copyOf(graph.nodes())) {
      if (assignment.isLowered(node)) {
        PrecisionRole.retype(node, reduced);
      }
    }
    shareScales();
  }

  // ---- demand ----

  private boolean isReduced(Value value) {
    return value
        .producer()
        .map(node ->
            assignment.isLowered(node) && PrecisionRole.isDataOutput(node, value.outputIndex()))
        .orElse(convertsInterface && value.isGraphInput() && !value.isInitializer());
  }

  private boolean hasRole(Value value, PrecisionRole role) {
    return value.producer().filter(node -> assignment.role(node) == role).isPresent();
  }

  private Demand demand(Value value) {
    boolean natural = isReduced(value);
    List<Use> reducedUses = new ArrayList<>();
    List<Use> fullUses = new ArrayList<>();
    for (Use use : value.uses()) {
      (wantsReduced(use, natural) ? reducedUses : fullUses).add(use);
    }
    return new Demand(reducedUses, fullUses);
  }

  private boolean wantsReduced(Use use, boolean natural) {
    Node node = use.node();
    if (node.graph() != graph || !PrecisionRole.isData(node, use.inputIndex())) {
      return false;
    }
    return switch (assignment.role(node)) {
      case LAYER -> assignment.isLowered(node);
      case QUANTIZE -> natural && assignment.scaleFits(node);
      case READER -> natural;
      case BRIDGE -> natural;
      case CONSTANT, DEQUANTIZE, LEFT_ALONE -> false;
    };
  }

  // ---- values ----

  private void convertValue(Value value, boolean natural, Demand demand) {
    if (natural) {
      value.setType(type(value, reduced));
      for (Use use : demand.reduced()) {
        if (assignment.role(use.node()) == PrecisionRole.QUANTIZE) {
          use.node().setInput(1, reducedScale(use.node().input(1)));
        } else if (assignment.role(use.node()) == PrecisionRole.BRIDGE) {
          bypass(use.node(), value);
        }
      }
    }
    List<Use> other = natural ? demand.full() : demand.reduced();
    DataType otherType = natural ? DataType.FLOAT : reduced;
    boolean isOutput = value.isOutputOfItsGraph();
    boolean outputDiffers = isOutput && natural != convertsInterface;
    if (other.isEmpty() && !outputDiffers) {
      return;
    }
    Value cast;
    if (outputDiffers) {
      String name = value.name();
      graph.rename(value, graph.uniqueName(name + (natural ? suffix : "_fp32")));
      cast = insertCast(value, otherType, name);
      for (int i = 0; i < graph.outputs().size(); i++) {
        if (graph.outputs().get(i) == value) {
          graph.setOutput(i, cast);
        }
      }
    } else {
      String name = value.name() + (natural ? "_fp32" : suffix);
      cast = insertCast(value, otherType, graph.uniqueName(name));
    }
    other.forEach(use -> use.node().setInput(use.inputIndex(), cast));
  }

  private Value insertCast(Value value, DataType to, String name) {
    NodeBuilder builder =
        NodeBuilder.of("Cast")
            .name(graph.uniqueNodeName(name + "_cast"))
            .inputs(value)
            .attribute("to", to.onnxCode())
            .output(name, type(value, to));
    Node cast =
        value.producer().isPresent()
            ? graph.insertAfter(value.producer().get(), builder)
            : graph.nodes().isEmpty()
                ? graph.append(builder)
                : graph.insertBefore(graph.nodes().getFirst(), builder);
    casts++;
    return cast.output(0);
  }

  /// Bypasses a `Cast` of the model to the reduced type whose input now has that type.
  private void bypass(Node bridge, Value value) {
    Value output = bridge.output(0);
    if (!output.isGraphOutput()) {
      graph.replaceUses(output, value);
      graph.remove(bridge);
    }
  }

  /// For a `Cast` of the model from the reduced type: readers in that type read its input.
  private void shortcut(Value value, Demand demand) {
    Node bridge = value.producer().orElseThrow();
    demand.reduced().forEach(use -> use.node().setInput(use.inputIndex(), bridge.input(0)));
    if (value.isUnused() && !demand.reduced().isEmpty()) {
      graph.remove(bridge);
    }
  }

  // ---- constants ----

  private void convertConstant(Value value, Demand demand) {
    if (demand.reduced().isEmpty()) {
      return;
    }
    Value converted = reducedConstant(value, demand.full().isEmpty() && !value.isGraphOutput());
    demand.reduced().forEach(use -> use.node().setInput(use.inputIndex(), converted));
    dropConstant(value);
  }

  private Value reducedConstant(Value value, boolean inPlace) {
    HalfTensors.Conversion conversion =
        HalfTensors.convert(value.constant().orElseThrow(), reduced);
    constants++;
    overflowed += conversion.overflowed();
    flushed += conversion.flushed();
    if (inPlace && value.initializer().isPresent()) {
      graph.setInitializer(value, conversion.tensor());
      return value;
    }
    return graph.addConstant(value.name() + suffix, conversion.tensor());
  }

  private void dropConstant(Value value) {
    if (!value.isUnused()) {
      return;
    }
    if (value.producer().isPresent()) {
      graph.remove(value.producer().get());
    } else if (value.isInitializer()) {
      graph.removeInitializer(value);
    }
  }

  private void convertDequantize(Value value, Demand demand) {
    if (demand.reduced().isEmpty()) {
      return;
    }
    Node node = value.producer().orElseThrow();
    Value scale = node.input(1);
    if (demand.full().isEmpty() && !value.isGraphOutput()) {
      node.setInput(1, reducedScale(scale));
      value.setType(type(value, reduced));
      return;
    }
    NodeBuilder builder =
        NodeBuilder.of("DequantizeLinear")
            .name(node.name().isEmpty() ? "" : graph.uniqueNodeName(node.name() + suffix))
            .inputs(node.inputs())
            .output(graph.uniqueName(value.name() + suffix), type(value, reduced));
    node.attributes().forEach(builder::attribute);
    Node twin = graph.insertAfter(node, builder);
    twin.setInput(1, reducedScale(scale));
    demand.reduced().forEach(use -> use.node().setInput(use.inputIndex(), twin.output(0)));
  }

  private Value reducedScale(Value scale) {
    return reducedScales.computeIfAbsent(scale, s -> reducedConstant(s, false));
  }

  /// A value quantized with a rounded scale is dequantized with the same rounded scale, also in
  /// FLOAT.
  private void shareScales() {
    reducedScales.forEach((scale, rounded) -> {
      if (!scale.isUnused()) {
        Tensor widened =
            Tensor.ofFloats(
                scale.constant().orElseThrow().shape(),
                rounded.constant().orElseThrow().toFloats());
        Value shared = graph.addConstant(scale.name() + "_rounded", widened);
        scale.uses().stream()
            .filter(use ->
                use.inputIndex() == 1
                    && (assignment.role(use.node()) == PrecisionRole.QUANTIZE
                        || assignment.role(use.node()) == PrecisionRole.DEQUANTIZE))
            .forEach(use -> use.node().setInput(1, shared));
        dropConstant(shared);
      }
      dropConstant(scale);
    });
  }

  private static ValueType type(Value value, DataType type) {
    Shape shape = value.shape().orElse(null);
    return shape == null ? ValueType.unranked(type) : ValueType.tensor(type, shape);
  }
}
