// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

/// Operators with nested graphs. What follows from the bodies is inferred by
/// [dev.quench.graph.shape.ShapeInference].
final class ControlFlowOps {
  private static final InferenceRule BY_BODY = _ -> {};

  private ControlFlowOps() {}

  static void register(SchemaTable table) {
    table.add(
        "If",
        since(1, 11, 13, 16, 19, 21),
        "cond -> outputs+",
        "then_branch:g! else_branch:g!",
        BY_BODY);
    table.add(
        "Loop",
        since(1, 11, 13, 16, 19, 21),
        "M? cond? v_initial* -> v_final_and_scan_outputs*",
        "body:g!",
        BY_BODY);
    table.add(
        "Scan",
        since(8),
        "sequence_lens? initial_state_and_scan_inputs+ -> final_state_and_scan_outputs+",
        "body:g! directions:is num_scan_inputs:i!",
        BY_BODY);
    table.add(
        "Scan",
        since(9, 11, 16, 19, 21),
        "initial_state_and_scan_inputs+ -> final_state_and_scan_outputs+",
        "body:g! num_scan_inputs:i! scan_input_axes:is scan_input_directions:is"
            + " scan_output_axes:is scan_output_directions:is",
        BY_BODY);
  }
}
