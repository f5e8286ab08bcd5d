// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Graph;
import dev.quench.graph.Value;
import java.util.HashSet;
import java.util.Set;

/// The initializers that quantization annotations of a graph reference by name, without an edge.
final class AnnotatedNames {
  private final Set<String> names = new HashSet<>();

  private AnnotatedNames() {}

  static AnnotatedNames of(Graph graph) {
    AnnotatedNames annotated = new AnnotatedNames();
    for (Value value : graph.values()) {
      annotated.names.addAll(value.quantizationAnnotation().values());
    }
    return annotated;
  }

  boolean contains(Value value) {
    return names.contains(value.name());
  }
}
