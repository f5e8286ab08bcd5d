// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.Printable;
import java.util.List;

/// What [FreeDimensions] rewrote.
///
/// @param changed whether the model was changed at all
/// @param rewrites in the order in which they were made
public record DimensionReport(boolean changed, List<Rewrite> rewrites) {
  /// A constant of fixed size that now follows its tensors.
  ///
  /// @param node as in `Reshape 'flatten'`
  /// @param change what the node does now
  /// @param evidence why this equals what it did at the fixed size
  public record Rewrite(String node, String change, String evidence) {
    /// Escapes what comes from the model, so that it can be printed.
    public Rewrite {
      node = Printable.escape(node);
      change = Printable.escape(change);
      evidence = Printable.escape(evidence);
    }

    @Override
    public String toString() {
      return node + ": " + change + ", since " + evidence;
    }
  }

  public DimensionReport {
    rewrites = List.copyOf(rewrites);
  }
}
