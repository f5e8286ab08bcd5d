// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.graph.Node;
import dev.quench.graph.NodeRules;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// All operators that Quench knows: those of ONNX's own domain that convolutional networks and
/// transformer encoders use, opsets 7 to 22.
public final class OpSchemas {
  /// The newest opset of ONNX's own domain that the schemas describe.
  public static final int NEWEST_OPSET = 22;

  private static final Map<String, NavigableMap<Integer, OpSchema>> BY_TYPE = build();

  /// Holds nodes made from code to the schema of their operator; operators without one pass.
  public static final class Rules implements NodeRules {
    @Override
    public List<String> problems(Node node) {
      return find(node).map(schema -> schema.check(node)).orElse(List.of());
    }
  }

  private OpSchemas() {}

  /// The newest version of an operator that `opset` has.
  ///
  /// @param domain `""` or `ai.onnx` for ONNX's own
  /// @return empty for an operator that is unknown or newer than `opset`
  public static Optional<OpSchema> find(String domain, String opType, long opset) {
    if (!domain.isEmpty() && !domain.equals("ai.onnx")) {
      return Optional.empty();
    }
    NavigableMap<Integer, OpSchema> versions = BY_TYPE.get(opType);
    if (versions == null) {
      return Optional.empty();
    }
    Map.Entry<Integer, OpSchema> newest =
        versions.floorEntry(Math.clamp(opset, 0, Integer.MAX_VALUE));
    return newest == null ? Optional.empty() : Optional.of(newest.getValue());
  }

  /// The operators of ONNX's own domain that are known in some opset.
  public static Set<String> names() {
    return Collections.unmodifiableSet(new TreeSet<>(BY_TYPE.keySet()));
  }

  /// The schema of the operator that `node` calls, in the opset that its graph imports.
  public static Optional<OpSchema> find(Node node) {
    return find(node.domain(), node.opType(), node.opset());
  }

  private static Map<String, NavigableMap<Integer, OpSchema>> build() {
    SchemaTable table = new SchemaTable();
    ConvolutionOps.register(table);
    MatrixOps.register(table);
    PoolingOps.register(table);
    NormalizationOps.register(table);
    ElementwiseOps.register(table);
    ReductionOps.register(table);
    ReshapingOps.register(table);
    LayoutOps.register(table);
    IndexingOps.register(table);
    ResizingOps.register(table);
    GeneratorOps.register(table);
    QuantizationOps.register(table);
    RecurrentOps.register(table);
    ControlFlowOps.register(table);
    return table.schemas();
  }
}
