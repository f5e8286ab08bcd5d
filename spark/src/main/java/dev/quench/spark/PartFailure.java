// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;

/// Why a part cannot succeed on any executor: its data are damaged or do not fit.
///
/// @param part number of the part
/// @param message one line that names sample, row or file, and the executor
record PartFailure(int part, String message) {
  void writeTo(StateWriter out) {
    out.integer(part).text(message);
  }

  static PartFailure readFrom(StateReader in) {
    return new PartFailure(in.integer(), in.text());
  }
}
