// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.Optional;

/// Decides whether the producer of a value may be fused with its reader.
final class SoleReader {
  private SoleReader() {}

  /// The producer of `value`, if `reader` is its only reader: the value is read once, by a node of
  /// the same graph, is not a graph output and has no quantization annotation.
  static Optional<Node> producerFor(Node reader, Value value) {
    if (value.isAbsent() || !value.hasSingleUse() || !value.quantizationAnnotation().isEmpty()) {
      return Optional.empty();
    }
    return value.producer().filter(producer -> producer.graph() == reader.graph());
  }

  /// The only reader of `value`, in the same graph; empty under the conditions of [#producerFor].
  static Optional<Node> of(Value value) {
    if (value.isAbsent() || !value.hasSingleUse() || !value.quantizationAnnotation().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(value.uses().getFirst().node())
        .filter(reader -> reader.graph() == value.graph());
  }
}
