// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.run.Backend;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Computes nodes that depend only on constants.
///
/// 1. `y = Constant()` → initializer y.
/// 2. `y = f(constants…)` → initializer y, computed by the backend without optimization, with up to
///    255 others in one session. Readers of the results follow in the next session, so a chain
///    takes one session per node: the checks of a node need its constants.
///
/// Unchanged: random operators, foreign domains, nested graphs, `QuantizeLinear` and
/// `DequantizeLinear` (they define the quantization of the model), optional outputs, strings, graph
/// outputs, results that are not known to stay below the size limit, and nodes that the backend
/// refuses. A node that reads an empty constant is never run, because some kernels then end the
/// process: it is folded only if its shape alone determines the result.
public final class FoldConstants implements Rewrite {
  /// 16 MiB. A larger result that exceeds its inputs is a broadcast that would inflate the file.
  public static final long DEFAULT_MAX_BYTES = 16L << 20;

  private final Backend backend;
  private final long maxBytes;

  public FoldConstants(Backend backend) {
    this(backend, DEFAULT_MAX_BYTES);
  }

  /// @param backend runs nodes; must return tensors of the exact types
  /// @param maxBytes largest result to store; a result with no more elements than the largest input
  ///   may have up to 1 GiB
  public FoldConstants(Backend backend, long maxBytes) {
    this.backend = backend;
    this.maxBytes = maxBytes;
  }

  @Override
  public String name() {
    return "fold-constants";
  }

  @Override
  public boolean apply(Model model) {
    boolean changed = false;
    Collection<Node> open = model.graph().allNodes();
    while (!open.isEmpty()) {
      // Only readers of new constants can become constant next.
      Set<Node> readers = new LinkedHashSet<>();
      List<Node> batch = new ArrayList<>();
      long bytes = 0;
      for (Node node : open) {
        if (!isCandidate(node)) {
          continue;
        }
        if (node.is("Constant")) {
          changed |= become(node, node.output(0).constant(), readers);
          continue;
        }
        Model single = ConstantBatch.model(List.of(node));
        if (!OutputSize.isAcceptable(single, maxBytes, largestInput(node))) {
          continue;
        }
        Value result = single.graph().outputs().getFirst();
        if (EmptyConstants.isReadBy(node)) {
          changed |= become(node, EmptyConstants.result(node, result), readers);
          continue;
        }
        long size =
            result.dataType().orElseThrow().byteSize(result.shape().orElseThrow().elements());
        if (batch.size() == ConstantBatch.MAX_NODES
            || (!batch.isEmpty() && bytes + size > ConstantBatch.MAX_BYTES)) {
          changed |= compute(batch, readers);
          batch.clear();
          bytes = 0;
        }
        batch.add(node);
        bytes += size;
      }
      changed |= compute(batch, readers);
      open = readers;
    }
    return changed;
  }

  private static boolean isCandidate(Node node) {
    return !node.isRemoved()
        && node.outputs().size() == 1
        && node.output(0).isPresent()
        && !node.output(0).isGraphOutput()
        && Determinism.isDeterministic(node)
        && (node.is("Constant")
            || (!node.is("QuantizeLinear")
                && !node.is("DequantizeLinear")
                && !node.inputs().isEmpty()
                && node.inputs().stream().allMatch(i -> i.isAbsent() || isFoldable(i))));
  }

  private static long largestInput(Node node) {
    return node.inputs().stream()
        .filter(Value::isPresent)
        .mapToLong(input -> input.constant().orElseThrow().elements())
        .max()
        .orElse(0);
  }

  private boolean compute(List<Node> batch, Set<Node> readers) {
    Map<Node, Tensor> results = ConstantBatch.compute(batch, backend);
    boolean changed = false;
    for (Node node : batch) {
      changed |= become(node, Optional.ofNullable(results.get(node)), readers);
    }
    return changed;
  }

  /// @param readers receives the readers of the result
  private static boolean become(Node node, Optional<Tensor> result, Set<Node> readers) {
    result.ifPresent(
        tensor -> becomeInitializer(node, tensor).uses().forEach(use -> readers.add(use.node())));
    return result.isPresent();
  }

  private static boolean isFoldable(Value value) {
    return value.constant().filter(tensor -> tensor.dataType() != DataType.STRING).isPresent();
  }

  private static Value becomeInitializer(Node node, Tensor tensor) {
    Graph graph = node.graph();
    Value output = node.output(0);
    String name = output.name();
    Value constant = graph.addConstant(name, tensor);
    constant.quantizationAnnotation().putAll(output.quantizationAnnotation());
    graph.replaceUses(output, constant);
    graph.remove(node);
    graph.rename(constant, name);
    return constant;
  }
}
