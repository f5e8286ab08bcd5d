// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.run.Session;
import dev.quench.xnor.recognize.Instruction;
import dev.quench.xnor.recognize.Recognition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// A model as a list of fused instructions for inputs of any shape. Owns the sessions of its
/// subgraphs and closes them. Thread-safe.
public final class Program implements AutoCloseable {
  private final Model model;
  private final List<Instruction> instructions;

  private Program(Model model, List<Instruction> instructions) {
    this.model = model;
    this.instructions = List.copyOf(instructions);
  }

  /// @param model sorted, with types inferred; retained, not copied
  /// @param opener opens the subgraphs that stay in ONNX Runtime, with their outputs as taps
  public static Program compile(
      Model model, Recognition recognition, Function<Model, Session> opener) {
    List<Instruction> instructions = new ArrayList<>();
    try {
      GraphPartition partition = new GraphPartition(model, recognition);
      for (int stage = 0; stage < partition.stages(); stage++) {
        List<Node> nodes = partition.nodes(stage);
        if (stage % 2 == 1) {
          nodes.forEach(node -> instructions.add(recognition.instruction(node).orElseThrow()));
        } else if (!nodes.isEmpty() && !partition.outputs(stage).isEmpty()) {
          instructions.add(
              new Instruction.Subgraph(
                  opener.apply(partition.extract(stage)),
                  partition.inputs(stage),
                  partition.outputs(stage)));
        }
      }
      return new Program(model, Fusion.fuse(instructions, model.graph().outputs()));
    } catch (RuntimeException e) {
      close(instructions);
      throw e;
    }
  }

  public Model model() {
    return model;
  }

  /// In execution order.
  public List<Instruction> instructions() {
    return instructions;
  }

  @Override
  public void close() {
    close(instructions);
  }

  private static void close(List<Instruction> instructions) {
    for (Instruction instruction : instructions) {
      if (instruction instanceof Instruction.Subgraph(Session session, _, _)) {
        session.close();
      }
    }
  }
}
