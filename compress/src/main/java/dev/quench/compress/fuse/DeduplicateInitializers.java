// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Lets equal constants share one initializer.
///
/// 1. `f(a), g(b)` with `a`, `b` initializers of one graph, same type, shape and bits → `f(a),
///    g(a)`; `b` is removed.
///
/// Unchanged: initializers that a graph input can override or that are graph outputs, strings,
/// sparse initializers, initializers with or named in a quantization annotation.
public final class DeduplicateInitializers implements Rewrite {
  /// Enough to distinguish most tensors without reading them whole.
  private static final int SAMPLES = 64;

  /// Properties that equal tensors share.
  ///
  /// @param contentHash of the whole tensor; 0 in a key of samples only
  private record Key(DataType type, Shape shape, long sampleHash, int contentHash) {
    static Key sampled(Tensor tensor) {
      long size = tensor.byteSize();
      long hash = 0;
      for (int i = 0; i < Math.min(SAMPLES, size); i++) {
        long offset = size <= SAMPLES ? i : i * (size / SAMPLES);
        hash = 31 * hash + tensor.bytes().get(ValueLayout.JAVA_BYTE, offset);
      }
      return new Key(tensor.dataType(), tensor.shape(), hash, 0);
    }

    Key withContentOf(Tensor tensor) {
      return new Key(type, shape, sampleHash, tensor.contentHash());
    }
  }

  @Override
  public String name() {
    return "deduplicate-initializers";
  }

  @Override
  public boolean apply(Model model) {
    boolean changed = false;
    for (Graph graph : NestedGraphs.of(model)) {
      changed |= deduplicate(graph);
    }
    return changed;
  }

  private static boolean deduplicate(Graph graph) {
    AnnotatedNames annotated = AnnotatedNames.of(graph);
    Map<Key, List<Value>> alike = new LinkedHashMap<>();
    for (Value value : graph.initializers()) {
      Tensor tensor = value.initializer().orElse(null);
      if (tensor != null
          && !value.isGraphInput()
          && tensor.dataType() != DataType.STRING
          && value.quantizationAnnotation().isEmpty()
          && !annotated.contains(value)) {
        alike.computeIfAbsent(Key.sampled(tensor), _ -> new ArrayList<>()).add(value);
      }
    }
    boolean changed = false;
    for (Map.Entry<Key, List<Value>> group : alike.entrySet()) {
      if (group.getValue().size() > 1) {
        changed |= deduplicate(graph, group.getKey(), group.getValue());
      }
    }
    return changed;
  }

  private static boolean deduplicate(Graph graph, Key sampled, List<Value> alike) {
    Map<Key, List<Value>> kept = new HashMap<>();
    boolean changed = false;
    for (Value value : alike) {
      Tensor tensor = value.initializer().orElseThrow();
      List<Value> candidates =
          kept.computeIfAbsent(sampled.withContentOf(tensor), _ -> new ArrayList<>());
      Value equal = null;
      for (Value candidate : candidates) {
        if (candidate.initializer().orElseThrow().contentEquals(tensor)) {
          equal = candidate;
          break;
        }
      }
      if (equal == null) {
        candidates.add(value);
      } else if (!value.isGraphOutput() && Bypass.isVisibleToReaders(value, equal)) {
        graph.replaceUses(value, equal);
        graph.removeInitializer(value);
        changed = true;
      }
    }
    return changed;
  }
}
