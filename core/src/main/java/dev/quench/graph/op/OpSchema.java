// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One version of an operator: its interface and its inference rule. Immutable, thread-safe.
///
/// @param domain `""` for ONNX's own
/// @param sinceVersion the opset in which this version came in; it holds until the next version of
///   the operator
/// @param attributes by name
public record OpSchema(
    String domain,
    String opType,
    int sinceVersion,
    List<Parameter> inputs,
    List<Parameter> outputs,
    Map<String, AttributeSpec> attributes,
    InferenceRule rule) {
  public OpSchema {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  /// The fewest inputs a node may list.
  public int minInputs() {
    return minimum(inputs);
  }

  /// The most inputs a node may list; `Integer.MAX_VALUE` when the last one may be repeated.
  public int maxInputs() {
    return maximum(inputs);
  }

  public int minOutputs() {
    return minimum(outputs);
  }

  public int maxOutputs() {
    return maximum(outputs);
  }

  /// The specification's name of input `index`, for messages.
  public String inputName(int index) {
    return parameterName(inputs, index);
  }

  public String outputName(int index) {
    return parameterName(outputs, index);
  }

  /// What is wrong with the form of `node`: too few or too many inputs or outputs, attributes that
  /// are unknown, missing or of the wrong kind. Ignores types and shapes.
  ///
  /// @return one line a problem, such as `Conv 'conv1' input 1 (W): missing, but required`; empty
  ///   when all is well
  public List<String> check(Node node) {
    List<String> problems = new ArrayList<>(checkForm(node));
    for (String attribute : node.attributes().keySet()) {
      if (!attributes.containsKey(attribute)) {
        problems.add(
            "%s attribute '%s': unknown to %s of opset %d, which has %s"
                .formatted(
                    node.describe(),
                    attribute,
                    opType,
                    sinceVersion,
                    attributes.isEmpty() ? "no attributes" : attributes.keySet()));
      }
    }
    return problems;
  }

  /// What [#check] finds, except unknown attributes, which runtimes may ignore.
  public List<String> checkForm(Node node) {
    List<String> problems = new ArrayList<>();
    checkValues(node, "input", inputs, node.inputs(), problems);
    checkValues(node, "output", outputs, node.outputs(), problems);
    for (AttributeSpec spec : attributes.values()) {
      AttributeValue value = node.attribute(spec.name()).orElse(null);
      if (value == null && spec.required()) {
        problems.add(
            "%s attribute '%s': missing, expected %s"
                .formatted(node.describe(), spec.name(), spec.kind().description()));
      } else if (value != null && !spec.kind().accepts(value)) {
        problems.add(
            "%s attribute '%s': %s, expected %s"
                .formatted(
                    node.describe(),
                    spec.name(),
                    value.getClass().getSimpleName(),
                    spec.kind().description()));
      }
    }
    return problems;
  }

  private static void checkValues(
      Node node,
      String side,
      List<Parameter> parameters,
      List<Value> values,
      List<String> problems) {
    int most = maximum(parameters);
    if (values.size() > most) {
      problems.add(
          "%s: %d %ss, expected at most %d".formatted(node.describe(), values.size(), side, most));
    }
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      boolean omitted =
          i >= values.size() || (values.get(i).isAbsent() && !mayOmit(side, parameter));
      if (parameter.mustBePresent() && omitted) {
        problems.add(
            "%s %s %d (%s): missing, but required"
                .formatted(node.describe(), side, i, parameter.name()));
      }
    }
    // Runtimes assume that every element of a variadic parameter is present.
    for (int i = parameters.size(); i < Math.min(values.size(), most); i++) {
      if (values.get(i).isAbsent() && !mayOmit(side, parameters.getLast())) {
        problems.add(
            "%s %s %d (%s): missing, but each of a list is required"
                .formatted(node.describe(), side, i, parameters.getLast().name()));
      }
    }
  }

  /// One of several outputs may be omitted, but not the only one.
  private static boolean mayOmit(String side, Parameter parameter) {
    return side.equals("output") && parameter.isVariadic();
  }

  private static int minimum(List<Parameter> parameters) {
    int least = 0;
    for (int i = 0; i < parameters.size(); i++) {
      if (parameters.get(i).mustBePresent()) {
        least = i + 1;
      }
    }
    return least;
  }

  private static int maximum(List<Parameter> parameters) {
    return !parameters.isEmpty() && parameters.getLast().isVariadic()
        ? Integer.MAX_VALUE
        : parameters.size();
  }

  private static String parameterName(List<Parameter> parameters, int index) {
    if (index < parameters.size()) {
      return parameters.get(index).name();
    }
    return parameters.isEmpty() ? "?" : parameters.getLast().name();
  }

  @Override
  public String toString() {
    return (domain.isEmpty() ? "" : domain + ".") + opType + "-" + sinceVersion;
  }

  /// An input or output of an operator.
  ///
  /// @param name as the operator's specification calls it
  public record Parameter(String name, Presence presence) {
    /// How often a parameter may occur. The variadic ones come last.
    public enum Presence {
      REQUIRED,
      OPTIONAL,
      /// Once or more.
      REPEATED,
      /// Any number of times, or not at all.
      ANY_NUMBER
    }

    boolean isVariadic() {
      return presence == Presence.REPEATED || presence == Presence.ANY_NUMBER;
    }

    boolean mustBePresent() {
      return presence == Presence.REQUIRED || presence == Presence.REPEATED;
    }
  }
}
