// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.xnor.recognize.Instruction;
import dev.quench.xnor.recognize.Recognition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// Partitions a graph into stages that run in sequence: even stages in ONNX Runtime, odd ones as
/// instructions. A node belongs to the earliest stage that its inputs allow, which makes each stage
/// as large as possible.
final class GraphPartition {
  private final Model model;
  private final Recognition recognition;
  private final IdentityHashMap<Node, Integer> stages = new IdentityHashMap<>();
  private int last;

  GraphPartition(Model model, Recognition recognition) {
    this.model = model;
    this.recognition = recognition;
    Set<Node> live = live();
    for (Node node : model.graph().nodes()) {
      if (live.contains(node)) {
        stage(node);
      }
    }
  }

  /// Whether the node runs. False for nodes that no output needs and for the inner nodes of a
  /// pattern that an instruction replaces.
  boolean runs(Node node) {
    return stages.containsKey(node);
  }

  int stages() {
    return last + 1;
  }

  /// Nodes of a stage in graph order; nodes that no output needs belong to no stage.
  List<Node> nodes(int stage) {
    List<Node> nodes = new ArrayList<>();
    for (Node node : model.graph().nodes()) {
      if (Objects.equals(stages.get(node), stage)) {
        nodes.add(node);
      }
    }
    return nodes;
  }

  /// Values that a stage reads from outside; constants are part of the stage.
  List<Value> inputs(int stage) {
    Set<Value> inputs = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Value> ordered = new ArrayList<>();
    for (Node node : nodes(stage)) {
      for (Value value : reads(node)) {
        boolean outside =
            value.producer().map(p -> !Objects.equals(stages.get(p), stage)).orElse(true);
        if (outside && !isConstant(value) && inputs.add(value)) {
          ordered.add(value);
        }
      }
    }
    return ordered;
  }

  /// Values that a stage computes and that other stages read or the graph outputs.
  List<Value> outputs(int stage) {
    Set<Value> wanted = Collections.newSetFromMap(new IdentityHashMap<>());
    wanted.addAll(model.graph().outputs());
    for (int other = 0; other < stages(); other++) {
      if (other != stage) {
        nodes(other).forEach(node -> wanted.addAll(reads(node)));
      }
    }
    List<Value> outputs = new ArrayList<>();
    for (Node node : nodes(stage)) {
      for (Value value : node.outputs()) {
        if (wanted.contains(value) && !isConstant(value)) {
          outputs.add(value);
        }
      }
    }
    return outputs;
  }

  /// Extracts a stage for ONNX Runtime as a model; values keep their names.
  Model extract(int stage) {
    Model copy = model.copy();
    Graph graph = copy.graph();
    List<String> names = inputs(stage).stream().map(Value::name).toList();
    List<Value> outputs =
        outputs(stage).stream().map(value -> graph.value(value.name()).orElseThrow()).toList();
    List<Value> standIns = new ArrayList<>();
    for (String name : names) {
      Value value = graph.value(name).orElseThrow();
      if (value.producer().isPresent()) {
        Value standIn = graph.addInput(graph.uniqueName(name), value.type().orElse(null));
        graph.replaceUses(value, standIn);
        standIns.add(standIn);
      } else {
        standIns.add(value);
      }
    }
    while (!graph.outputs().isEmpty()) {
      graph.removeOutput(graph.outputs().size() - 1);
    }
    outputs.forEach(graph::addOutput);
    for (Node node : List.copyOf(graph.nodes()).reversed()) {
      if (node.outputs().stream().allMatch(output -> output.isAbsent() || output.isUnused())) {
        graph.remove(node);
      }
    }
    for (Value input : List.copyOf(graph.inputs())) {
      if (input.isUnused()) {
        graph.removeInput(input);
      }
    }
    for (Value initializer : graph.initializers()) {
      if (initializer.isUnused()) {
        graph.removeInitializer(initializer);
      }
    }
    for (int i = 0; i < names.size(); i++) {
      if (!standIns.get(i).name().equals(names.get(i))) {
        graph.rename(standIns.get(i), names.get(i));
      }
    }
    return copy;
  }

  /// Values that a node reads; for a pattern that an instruction replaces, the inputs of the
  /// instruction.
  private List<Value> reads(Node node) {
    return recognition.instruction(node).map(Instruction::inputs).orElseGet(() -> nodeReads(node));
  }

  private List<Value> nodeReads(Node node) {
    Set<Value> reads = new LinkedHashSet<>();
    collectReads(node, reads);
    reads.removeIf(value -> value.isAbsent() || value.graph() != model.graph());
    return List.copyOf(reads);
  }

  private static void collectReads(Node node, Set<Value> reads) {
    reads.addAll(node.inputs());
    for (Graph nested : node.nestedGraphs()) {
      nested.nodes().forEach(inner -> collectReads(inner, reads));
      reads.addAll(nested.outputs());
    }
  }

  /// Each stage has its own copy of a constant.
  private static boolean isConstant(Value value) {
    return value.isInitializer()
        || value.producer().map(producer -> producer.is("Constant")).orElse(false);
  }

  private Set<Node> live() {
    Set<Node> live = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Value> wanted = new ArrayDeque<>(model.graph().outputs());
    while (!wanted.isEmpty()) {
      Node producer = wanted.pop().producer().orElse(null);
      if (producer != null && live.add(producer)) {
        wanted.addAll(reads(producer));
      }
    }
    return live;
  }

  private void stage(Node node) {
    int parity = recognition.instruction(node).isPresent() ? 1 : 0;
    int stage = parity;
    for (Value value : reads(node)) {
      Integer before = value.producer().map(stages::get).orElse(null);
      if (before != null && !isConstant(value)) {
        stage = Math.max(stage, before % 2 == parity ? before : before + 1);
      }
    }
    stages.put(node, stage);
    last = Math.max(last, stage);
  }
}
