// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;

/// Recurrent layers.
final class RecurrentOps {
  private static final String COMMON =
      "activation_alpha:fs activation_beta:fs activations:ss clip:f direction:s=forward hidden_size:i ";

  private RecurrentOps() {}

  static void register(SchemaTable table) {
    String signature = "X W R B? sequence_lens? initial_h? -> Y? Y_h?";
    InferenceRule rule = RecurrentOps::infer;
    table.add("RNN", since(7), signature, COMMON, rule);
    table.add("RNN", since(14, 22), signature, COMMON + "layout:i=0", rule);
    table.add("GRU", since(7), signature, COMMON + "linear_before_reset:i=0", rule);
    table.add("GRU", since(14, 22), signature, COMMON + "linear_before_reset:i=0 layout:i=0", rule);
    String lstm = "X W R B? sequence_lens? initial_h? initial_c? P? -> Y? Y_h? Y_c?";
    table.add("LSTM", since(7), lstm, COMMON + "input_forget:i=0", rule);
    table.add("LSTM", since(14, 22), lstm, COMMON + "input_forget:i=0 layout:i=0", rule);
  }

  /// `Y` is `[steps, directions, batch, hidden]`; with layout 1 `[batch, steps, directions,
  /// hidden]`.
  private static void infer(InferenceContext c) {
    for (int i = 0; i < 3; i++) {
      c.copyType(0, i);
    }
    if (!c.known(0)) {
      return;
    }
    c.requireRank(0, 3, "[steps, batch, features]");
    boolean batchFirst = c.flag("layout");
    Shape x = c.shape(0);
    Dim steps = x.dim(batchFirst ? 1 : 0);
    Dim batch = x.dim(batchFirst ? 0 : 1);
    Dim directions = Dim.of(c.text("direction").equals("bidirectional") ? 2 : 1);
    Dim hidden = Dim.UNKNOWN;
    if (c.hasAttribute("hidden_size")) {
      hidden = PartialValues.asDim(new PartialValues.Known(c.integer("hidden_size")));
    } else if (c.known(2)) {
      c.requireRank(2, 3, "[directions, gates * hidden, hidden]");
      hidden = c.shape(2).dim(2);
    }
    Shape last =
        batchFirst ? Shape.of(batch, directions, hidden) : Shape.of(directions, batch, hidden);
    c.setShape(
        0,
        batchFirst
            ? Shape.of(batch, steps, directions, hidden)
            : Shape.of(steps, directions, batch, hidden));
    c.setShape(1, last);
    c.setShape(2, last);
  }
}
