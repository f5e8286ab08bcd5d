// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.graph.AttributeValue.FloatValue;
import dev.quench.graph.AttributeValue.GraphValue;
import dev.quench.graph.AttributeValue.Graphs;
import dev.quench.graph.AttributeValue.IntValue;
import dev.quench.graph.AttributeValue.Ints;
import dev.quench.graph.AttributeValue.TextValue;
import dev.quench.tensor.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One operator call. Belongs to exactly one [Graph], which adds, moves and removes it.
public final class Node extends MessageFields {
  private final String domain;
  private final String opType;
  private final String overload;
  private String name;
  private final Map<String, AttributeValue> attributes = new LinkedHashMap<>();

  final List<Value> inputs = new ArrayList<>();
  final List<Value> outputs = new ArrayList<>();
  @Nullable Graph graph;

  /// Where it is among the nodes of its graph.
  NodeList.@Nullable Block block;

  Node(String domain, String opType, String overload, String name, Graph graph) {
    this.domain = domain.equals("ai.onnx") ? "" : domain;
    this.opType = opType;
    this.overload = overload;
    this.name = name;
    this.graph = graph;
  }

  /// Operator domain; `""` for ONNX's own (`ai.onnx` is read as `""`).
  public String domain() {
    return domain;
  }

  public String opType() {
    return opType;
  }

  /// Which of several functions of one name is called (IR version 10); usually empty.
  public String overload() {
    return overload;
  }

  /// Whether this is the operator `opType` of ONNX's own domain.
  public boolean is(String opType) {
    return domain.isEmpty() && this.opType.equals(opType);
  }

  public String name() {
    return name;
  }

  public void setName(String name) {
    this.name = name;
    if (graph != null) {
      graph.nodeRenamed(name);
    }
  }

  /// @throws IllegalStateException after removal
  public Graph graph() {
    if (graph == null) {
      throw new IllegalStateException(describe() + " was removed from its graph");
    }
    return graph;
  }

  public boolean isRemoved() {
    return graph == null;
  }

  /// The operator-set version that the model imports for this node's domain; 0 when it imports
  /// none.
  public long opset() {
    return graph().opsets().version(domain).orElse(0);
  }

  /// All inputs in order; omitted ones are [Value#ABSENT]. Unmodifiable view; edit by [#setInput].
  public List<Value> inputs() {
    return Collections.unmodifiableList(inputs);
  }

  /// The value at `index`, or [Value#ABSENT] when omitted or beyond the last input.
  public Value input(int index) {
    return index < inputs.size() ? inputs.get(index) : Value.ABSENT;
  }

  /// Replaces one input and keeps the use lists right; appends [Value#ABSENT] as needed.
  public void setInput(int index, Value value) {
    while (inputs.size() <= index) {
      inputs.add(Value.ABSENT);
    }
    Value old = inputs.get(index);
    if (old.isPresent()) {
      old.uses.remove(new Use(this, index));
    }
    inputs.set(index, value);
    if (value.isPresent()) {
      value.uses.add(new Use(this, index));
    }
  }

  /// Drops the inputs from `size` on.
  public void truncateInputs(int size) {
    while (inputs.size() > size) {
      int last = inputs.size() - 1;
      setInput(last, Value.ABSENT);
      inputs.remove(last);
    }
  }

  /// All outputs in order; omitted ones are [Value#ABSENT]. Unmodifiable view.
  public List<Value> outputs() {
    return Collections.unmodifiableList(outputs);
  }

  /// The value at `index`, or [Value#ABSENT] when omitted or beyond the last output.
  public Value output(int index) {
    return index < outputs.size() ? outputs.get(index) : Value.ABSENT;
  }

  /// Attributes in file order. Unmodifiable view; edit by [#setAttribute].
  public Map<String, AttributeValue> attributes() {
    return Collections.unmodifiableMap(attributes);
  }

  public Optional<AttributeValue> attribute(String attribute) {
    return Optional.ofNullable(attributes.get(attribute));
  }

  public void setAttribute(String attribute, AttributeValue value) {
    attributes.put(attribute, value);
  }

  public void removeAttribute(String attribute) {
    attributes.remove(attribute);
  }

  /// @throws ModelFormatException if the attribute is present but not an integer
  public long intAttribute(String attribute, long whenAbsent) {
    return switch (attributes.get(attribute)) {
      case null -> whenAbsent;
      case IntValue(long value) -> value;
      case AttributeValue other -> throw wrongAttribute(attribute, "an integer", other);
    };
  }

  /// @throws ModelFormatException if the attribute is present but not a float
  public float floatAttribute(String attribute, float whenAbsent) {
    return switch (attributes.get(attribute)) {
      case null -> whenAbsent;
      case FloatValue(float value) -> value;
      case AttributeValue other -> throw wrongAttribute(attribute, "a float", other);
    };
  }

  /// @throws ModelFormatException if the attribute is present but not a string
  public String textAttribute(String attribute, String whenAbsent) {
    return switch (attributes.get(attribute)) {
      case null -> whenAbsent;
      case TextValue(ByteString value) -> value.utf8();
      case AttributeValue other -> throw wrongAttribute(attribute, "a string", other);
    };
  }

  /// @throws ModelFormatException if the attribute is present but not a list of integers
  public Optional<long[]> intsAttribute(String attribute) {
    return switch (attributes.get(attribute)) {
      case null -> Optional.empty();
      case Ints ints -> Optional.of(ints.toArray());
      case AttributeValue other -> throw wrongAttribute(attribute, "a list of integers", other);
    };
  }

  /// The graphs held by attributes, in order: the branches of `If`, the body of `Loop` or `Scan`.
  public List<Graph> nestedGraphs() {
    List<Graph> nested = new ArrayList<>();
    for (AttributeValue value : attributes.values()) {
      switch (value) {
        case GraphValue(Graph held) -> nested.add(held);
        case Graphs(List<Graph> held) -> nested.addAll(held);
        default -> {
          // no other attribute holds a graph
        }
      }
    }
    return nested;
  }

  /// For messages: `Conv 'conv1'`, with the domain in front when it is not ONNX's own.
  public String describe() {
    String label = !name.isEmpty() || outputs.isEmpty() ? name : outputs.getFirst().name();
    return (domain.isEmpty() ? "" : domain + ".") + opType + " '" + label + "'";
  }

  @Override
  public String toString() {
    return describe() + " " + inputs + " -> " + outputs;
  }

  private ModelFormatException wrongAttribute(
      String attribute, String expected, AttributeValue actual) {
    return new ModelFormatException(
        "%s: attribute '%s' must be %s, got %s"
            .formatted(describe(), attribute, expected, actual.getClass().getSimpleName()));
  }
}
