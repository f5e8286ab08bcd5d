// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// How large a model's constants are.
///
/// @param stored bytes by the type they are stored in
/// @param byPrecision bytes if all floating-point and 8-bit constants were stored in that
///   precision, the others as they are
public record StoredSizes(Map<DataType, Long> stored, Map<String, Long> byPrecision) {
  /// A precision and the width of one element in bits.
  private record Width(String precision, long bits) {}

  private static final List<Width> WIDTHS =
      List.of(
          new Width("FP32", 32), new Width("FP16", 16), new Width("INT8", 8), new Width("INT4", 4));

  public static StoredSizes of(Model model) {
    Map<DataType, Long> stored = new TreeMap<>();
    Map<DataType, Long> elements = new TreeMap<>();
    add(model.graph(), stored, elements);
    long fixed = 0;
    long convertible = 0;
    for (Map.Entry<DataType, Long> entry : elements.entrySet()) {
      if (entry.getKey().isFloating()
          || (entry.getKey().bits() == 8 && entry.getKey().isInteger())) {
        convertible += entry.getValue();
      } else {
        fixed += stored.getOrDefault(entry.getKey(), 0L);
      }
    }
    Map<String, Long> byPrecision = new LinkedHashMap<>();
    for (Width width : WIDTHS) {
      byPrecision.put(width.precision(), fixed + Math.ceilDiv(convertible * width.bits(), 8L));
    }
    return new StoredSizes(stored, byPrecision);
  }

  private static void add(Graph graph, Map<DataType, Long> stored, Map<DataType, Long> elements) {
    for (Value value : graph.values()) {
      Optional<Tensor> tensor =
          value.constant().or(() -> value.sparseInitializer().map(sparse -> sparse.values()));
      tensor.ifPresent(constant -> {
        DataType type = constant.dataType();
        elements.merge(type, constant.elements(), Long::sum);
        stored.merge(type, type.byteSize(constant.elements()), Long::sum);
      });
    }
    for (Node node : graph.nodes()) {
      node.nestedGraphs().forEach(nested -> add(nested, stored, elements));
    }
  }
}
