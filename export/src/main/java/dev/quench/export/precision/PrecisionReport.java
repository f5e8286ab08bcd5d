// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import dev.quench.Printable;
import java.util.List;

/// What [LowerPrecision] did to a model.
///
/// @param lowered how many nodes compute in the reduced type now
/// @param kept which FLOAT nodes stay, each with its reason, in graph order
/// @param casts how many `Cast` nodes were added
/// @param constants how many constants were converted
/// @param overflowed how many of their elements became infinite: bounds of `Clip` that were
///   practically infinite before
/// @param flushed how many of their nonzero elements became zero
public record PrecisionReport(
    int lowered, List<Kept> kept, int casts, int constants, long overflowed, long flushed) {
  /// A node that computes in FLOAT.
  ///
  /// @param node as in `Softmax 'attention'`
  public record Kept(String node, String reason) {
    /// Escapes what comes from the model, so that it can be printed.
    public Kept {
      node = Printable.escape(node);
      reason = Printable.escape(reason);
    }

    @Override
    public String toString() {
      return node + ": " + reason;
    }
  }

  public PrecisionReport {
    kept = List.copyOf(kept);
  }

  /// Whether the model was changed.
  public boolean changed() {
    return lowered > 0 || casts > 0 || constants > 0;
  }
}
