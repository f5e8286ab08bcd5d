// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import dev.quench.graph.Value;
import dev.quench.xnor.recognize.Instruction;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Finds the instructions that read a value.
final class Readers {
  private final IdentityHashMap<Value, List<Instruction>> readers = new IdentityHashMap<>();
  private final Set<Value> graphOutputs = Collections.newSetFromMap(new IdentityHashMap<>());

  Readers(List<Instruction> instructions, List<Value> graphOutputs) {
    this.graphOutputs.addAll(graphOutputs);
    for (Instruction instruction : instructions) {
      for (Value input : instruction.inputs()) {
        readers.computeIfAbsent(input, _ -> new ArrayList<>()).add(instruction);
      }
    }
  }

  /// The single instruction that reads a value, if it reads the value once; empty for a graph
  /// output.
  Optional<Instruction> only(Value value) {
    List<Instruction> all = readers.getOrDefault(value, List.of());
    return all.size() == 1 && !graphOutputs.contains(value)
        ? Optional.of(all.getFirst())
        : Optional.empty();
  }
}
