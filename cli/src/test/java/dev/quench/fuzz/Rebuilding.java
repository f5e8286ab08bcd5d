// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.IntPredicate;

/// A graph written anew, node by node, with FLOAT where another type stood: how references come
/// about that share no code with the passes they judge.
final class Rebuilding {
  private final Model source;
  private final Graph target;
  private final Map<Value, Value> values = new IdentityHashMap<>();
  private int count;

  /// @param reduced becomes FLOAT in inputs and constants
  Rebuilding(Model source, DataType reduced) {
    this.source = source;
    this.target = new Graph("rebuilt", source.graph().opsets());
    values.put(Value.ABSENT, Value.ABSENT);
    for (Value input : source.graph().requiredInputs()) {
      Shape shape = input.shape().orElseThrow();
      DataType type = input.dataType().orElseThrow();
      values.put(
          input,
          target.addInput(
              input.name(), ValueType.tensor(type == reduced ? DataType.FLOAT : type, shape)));
    }
    for (Value constant : source.graph().initializers()) {
      Tensor tensor = constant.initializer().orElseThrow();
      values.put(
          constant,
          target.addInitializer(
              constant.name(),
              tensor.dataType() == reduced
                  ? Tensor.ofFloats(tensor.shape(), tensor.toFloats())
                  : tensor));
    }
  }

  Value of(Value original) {
    return values.get(original);
  }

  void map(Value original, Value rebuilt) {
    values.put(original, rebuilt);
  }

  Value constant(Tensor tensor) {
    return target.addConstant("rebuilt_constant", tensor);
  }

  Value append(NodeBuilder node) {
    return append(node, name());
  }

  Value append(NodeBuilder node, String output) {
    return target.append(node.name(name()).output(output)).output(0);
  }

  /// The node as it was; outputs are named by [#name] where they are not the last word.
  ///
  /// @param replaced an input by place, instead of what stood there
  /// @param provisional by output place, whether the name is left to another value
  Node copy(Node node, Map<Integer, Value> replaced, IntPredicate provisional) {
    NodeBuilder builder =
        NodeBuilder.of(node.opType()).unchecked().domain(node.domain()).name(name());
    for (int i = 0; i < node.inputs().size(); i++) {
      builder.inputs(replaced.getOrDefault(i, of(node.input(i))));
    }
    node.attributes().forEach(builder::attribute);
    for (int i = 0; i < node.outputs().size(); i++) {
      Value output = node.output(i);
      builder.output(output.isAbsent() || !provisional.test(i) ? output.name() : name());
    }
    Node copy = target.append(builder);
    for (int i = 0; i < node.outputs().size(); i++) {
      values.put(node.output(i), copy.output(i));
    }
    values.put(Value.ABSENT, Value.ABSENT);
    return copy;
  }

  Model finish() {
    source.graph().outputs().forEach(output -> target.addOutput(of(output)));
    return new Model(target, 10);
  }

  private String name() {
    return "rebuilt_" + count++;
  }
}
