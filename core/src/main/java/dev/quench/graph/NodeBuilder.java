// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Describes a node to be added by [Graph#append] or [Graph#insertBefore]; used once.
///
/// Where the operator is known, the node must have the inputs, outputs and attributes of its schema
/// in the opset that the graph imports. [#unchecked] is for nodes taken over as they are, from a
/// file or another graph: there it is for the validator and for shape inference to judge them.
public final class NodeBuilder {
  record Output(String name, @Nullable ValueType type) {}

  final String opType;
  String domain = "";
  String overload = "";
  String name = "";
  boolean checked = true;
  final List<Value> inputs = new ArrayList<>();
  final List<Output> outputs = new ArrayList<>();
  final Map<String, AttributeValue> attributes = new LinkedHashMap<>();

  private NodeBuilder(String opType) {
    this.opType = opType;
  }

  public static NodeBuilder of(String opType) {
    return new NodeBuilder(opType);
  }

  public NodeBuilder domain(String domain) {
    this.domain = domain;
    return this;
  }

  public NodeBuilder overload(String overload) {
    this.overload = overload;
    return this;
  }

  public NodeBuilder name(String name) {
    this.name = name;
    return this;
  }

  /// Adds the node even where it does not fit its operator's schema.
  public NodeBuilder unchecked() {
    checked = false;
    return this;
  }

  /// @param values in order; [Value#ABSENT] for an omitted one
  public NodeBuilder inputs(Value... values) {
    inputs.addAll(List.of(values));
    return this;
  }

  public NodeBuilder inputs(List<Value> values) {
    inputs.addAll(values);
    return this;
  }

  /// Adds an output whose name must still be unused in the graph; an empty name omits the output.
  public NodeBuilder output(String outputName) {
    outputs.add(new Output(outputName, null));
    return this;
  }

  public NodeBuilder output(String outputName, @Nullable ValueType type) {
    outputs.add(new Output(outputName, type));
    return this;
  }

  public NodeBuilder attribute(String attribute, AttributeValue value) {
    attributes.put(attribute, value);
    return this;
  }

  public NodeBuilder attribute(String attribute, long value) {
    return attribute(attribute, AttributeValue.of(value));
  }

  public NodeBuilder attribute(String attribute, float value) {
    return attribute(attribute, AttributeValue.of(value));
  }

  public NodeBuilder attribute(String attribute, String value) {
    return attribute(attribute, AttributeValue.of(value));
  }

  public NodeBuilder ints(String attribute, long... values) {
    return attribute(attribute, AttributeValue.ofInts(values));
  }

  /// Makes the node and its outputs, not yet among the nodes of the graph.
  ///
  /// @throws ModelFormatException if an output name is taken
  Node build(Graph graph, ValueTable values) {
    Set<String> own = new HashSet<>();
    for (Output output : outputs) {
      if (!output.name().isEmpty() && (values.contains(output.name()) || !own.add(output.name()))) {
        throw values.taken(output.name());
      }
    }
    Node node = new Node(domain, opType, overload, name, graph);
    for (int i = 0; i < outputs.size(); i++) {
      Output output = outputs.get(i);
      if (output.name().isEmpty()) {
        node.outputs.add(Value.ABSENT);
        continue;
      }
      Value value = values.define(output.name(), output.type());
      value.producer = node;
      value.outputIndex = i;
      node.outputs.add(value);
    }
    for (int i = 0; i < inputs.size(); i++) {
      node.setInput(i, inputs.get(i));
    }
    attributes.forEach(node::setAttribute);
    return node;
  }
}
