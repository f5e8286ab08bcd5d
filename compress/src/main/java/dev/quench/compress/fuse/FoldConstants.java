// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/// Computes ahead what depends on nothing but constants.
///
/// 1. `y = Constant()` → initializer y.
/// 2. `y = f(constants…)` → initializer y, computed by the backend as a model of this one node,
///    without optimization.
///
/// Stays: random operators, foreign domains, nested graphs, `QuantizeLinear` and `DequantizeLinear`
/// (they say how the model is quantized), optional outputs, strings, graph outputs, results that
/// are not known to stay below the size limit, and whatever the backend refuses. A node that reads
/// an empty constant is never run, as kernels end the process on some: it is folded only where its
/// shape alone tells the result.
public final class FoldConstants extends NodeRewrite {
  /// 16 MiB: what is larger, and larger than what it is computed from, is a blown-up broadcast.
  public static final long DEFAULT_MAX_BYTES = 16L << 20;

  private final Backend backend;
  private final long maxBytes;

  public FoldConstants(Backend backend) {
    this(backend, DEFAULT_MAX_BYTES);
  }

  /// @param backend runs single nodes; must be exact about the types of what it returns
  /// @param maxBytes largest result that is worth storing; one with no more elements than the
  ///   largest input is stored in any case, up to 1 GiB
  public FoldConstants(Backend backend, long maxBytes) {
    super("fold-constants");
    this.backend = backend;
    this.maxBytes = maxBytes;
  }

  @Override
  boolean rewrite(Node node) {
    if (node.outputs().size() != 1
        || node.output(0).isAbsent()
        || node.output(0).isGraphOutput()
        || !Determinism.isDeterministic(node)) {
      return false;
    }
    Optional<Tensor> result =
        node.is("Constant") ? node.output(0).constant() : evaluateIfConstant(node);
    result.ifPresent(tensor -> becomeInitializer(node, tensor));
    return result.isPresent();
  }

  private Optional<Tensor> evaluateIfConstant(Node node) {
    if (node.is("QuantizeLinear")
        || node.is("DequantizeLinear")
        || node.inputs().isEmpty()
        || node.inputs().stream().anyMatch(i -> i.isPresent() && !isFoldable(i))) {
      return Optional.empty();
    }
    Model single = singleNodeModel(node);
    long ownElements =
        node.inputs().stream()
            .filter(Value::isPresent)
            .mapToLong(input -> input.constant().orElseThrow().elements())
            .max()
            .orElse(0);
    if (!OutputSize.isAcceptable(single, maxBytes, ownElements)) {
      return Optional.empty();
    }
    if (EmptyConstants.isReadBy(node)) {
      return EmptyConstants.result(node, single.graph().outputs().getFirst());
    }
    try (Session session =
        backend.open(single, SessionOptions.DEFAULT.withThreads(1).withOptimization(false))) {
      Tensor result = session.run(Map.of()).get(single.graph().outputs().getFirst().name());
      return Optional.ofNullable(result);
    } catch (BackendException _) {
      // An operator that the backend does not run stays where it is.
      return Optional.empty();
    }
  }

  private static boolean isFoldable(Value value) {
    return value.constant().filter(tensor -> tensor.dataType() != DataType.STRING).isPresent();
  }

  private static Model singleNodeModel(Node node) {
    Graph graph = new Graph("constant", node.graph().opsets());
    NodeBuilder builder = NodeBuilder.of(node.opType()).name(node.name()).output("result");
    int index = 0;
    for (Value input : node.inputs()) {
      builder.inputs(
          input.isAbsent()
              ? Value.ABSENT
              : graph.addInitializer("input_" + index, input.constant().orElseThrow()));
      index++;
    }
    node.attributes().forEach(builder::attribute);
    Node copy = graph.append(builder);
    graph.addOutput(copy.output(0));
    return new Model(graph, 8);
  }

  private static void becomeInitializer(Node node, Tensor tensor) {
    Graph graph = node.graph();
    Value output = node.output(0);
    String name = output.name();
    Value constant = graph.addConstant(name, tensor);
    constant.quantizationAnnotation().putAll(output.quantizationAnnotation());
    graph.replaceUses(output, constant);
    graph.remove(node);
    graph.rename(constant, name);
  }
}
