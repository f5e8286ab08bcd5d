// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.op.OpSchemas;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What one inference of a model costs, by count of operations and bytes, not by measurement.
///
/// Conventions:
///
/// - `macs`: multiply-accumulates of convolutions, matrix products and recurrent layers.
/// - `flops`: two for each multiply-accumulate, plus elementwise work. Per element: one for
///   arithmetic, activations and bias, two for BatchNormalization (folded to scale and shift),
///   QuantizeLinear and DequantizeLinear, five for softmax, eight for normalizations by statistics,
///   eight for interpolation (none for nearest), the window's size for pooling. Reductions count
///   one per input element, data movement and casts none.
/// - `parameters`: elements of constants that were trained: not shapes, indices, scales, zero
///   points, or the running mean and variance of BatchNormalization.
/// - `weightBytes`: bytes of all constants that nodes read.
/// - `bytesMoved`: unfused traffic, each node reading its inputs and writing its outputs; views
///   (Reshape and the like) move nothing. [#regions] says what is left of it where nodes are fused.
/// - `criticalPathFlops`: FLOPs of the most expensive chain of regions that wait for each other.
///
/// A constant that several nodes read counts toward the first of them. Nodes of nested graphs count
/// once, however often they run.
///
/// @param nodes number of nodes, nested ones included
/// @param nodeCosts in execution order
/// @param regions every node in one, in an order in which they can run
/// @param ops how many nodes of each operator, by name
/// @param uncounted nodes of unknown operator or shape, of which at most the constants are counted
public record ModelCost(
    int nodes,
    long parameters,
    long macs,
    long flops,
    long weightBytes,
    long bytesMoved,
    long criticalPathFlops,
    List<NodeCost> nodeCosts,
    List<RegionCost> regions,
    Map<String, Integer> ops,
    List<String> uncounted) {

  public ModelCost {
    nodeCosts = List.copyOf(nodeCosts);
    regions = List.copyOf(regions);
    ops = Collections.unmodifiableMap(new LinkedHashMap<>(ops));
    uncounted = List.copyOf(uncounted);
  }

  /// Cost at the declared shapes; a free dimension that counts samples is 1, whatever its axis.
  ///
  /// @param model not modified
  /// @throws dev.quench.graph.ModelFormatException if its shapes contradict each other
  public static ModelCost of(Model model) {
    return of(model, Map.of());
  }

  /// Cost at other input shapes.
  ///
  /// @param model not modified
  /// @param inputShapes by input name; in the inputs left out, a dimension has the size that its
  ///   name has here, else one that counts samples is 1
  /// @throws IllegalArgumentException if an input is unknown or its rank differs
  /// @throws dev.quench.graph.ModelFormatException if the model cannot take these shapes
  public static ModelCost of(Model model, Map<String, Shape> inputShapes) {
    return new Counter().count(CountedShapes.settle(model, inputShapes));
  }

  /// Unfused traffic less what stays inside of regions.
  public long fusedBytesMoved() {
    return regions.stream().mapToLong(RegionCost::bytesMoved).sum();
  }

  /// How many regions of average cost could run side by side: all work over the critical path; 1
  /// for a chain.
  public double graphParallelism() {
    return criticalPathFlops == 0 ? 1 : (double) flops / criticalPathFlops;
  }

  /// FLOPs per byte moved, over the whole model; 0 when no bytes move.
  public double arithmeticIntensity() {
    return bytesMoved == 0 ? 0 : (double) flops / bytesMoved;
  }

  private static final class Counter {
    private final Set<Value> counted = new HashSet<>();
    private final Map<Node, NodeCost> costs = new LinkedHashMap<>();
    private final Set<Node> skipped = new HashSet<>();
    private final Map<String, Integer> ops = new TreeMap<>();
    private final List<String> uncounted = new ArrayList<>();
    private long totalFlops;
    private long totalBytes;

    ModelCost count(Model model) {
      for (Node node : model.graph().allNodes()) {
        ops.merge(node.opType(), 1, Integer::sum);
        costs.put(node, cost(node));
      }
      FusedRegions regions = new FusedRegions(List.copyOf(costs.keySet()), costs, skipped);
      List<NodeCost> all = List.copyOf(costs.values());
      return new ModelCost(
          all.size(),
          all.stream().mapToLong(NodeCost::parameters).sum(),
          all.stream().mapToLong(NodeCost::macs).sum(),
          all.stream().mapToLong(NodeCost::flops).sum(),
          all.stream().mapToLong(NodeCost::weightBytes).sum(),
          all.stream().mapToLong(NodeCost::bytesMoved).sum(),
          regions.criticalPathFlops(),
          all,
          regions.costs(),
          ops,
          uncounted);
    }

    private NodeCost cost(Node node) {
      long parameters = 0;
      long weightBytes = 0;
      for (int i = 0; i < node.inputs().size(); i++) {
        Optional<Tensor> constant = node.input(i).constant();
        if (constant.isPresent() && counted.add(node.input(i))) {
          weightBytes += constant.get().byteSize();
          parameters += OpCost.isTrained(node, i, constant.get()) ? constant.get().elements() : 0;
        }
      }
      long macs = 0;
      long flops = 0;
      long bytes = 0;
      long parallelism = 0;
      try {
        if (isKnown(node)) {
          macs = OpCost.macs(node);
          flops = Math.addExact(Math.multiplyExact(2, macs), OpCost.otherFlops(node));
          bytes = OpCost.isView(node) ? 0 : bytesMoved(node);
          // The sums must fit as well; a MAC is two FLOPs.
          totalFlops = Math.addExact(totalFlops, flops);
          totalBytes = Math.addExact(totalBytes, bytes);
          parallelism = node.nestedGraphs().isEmpty() ? OpCost.parallelism(node) : 0;
        } else {
          skipped.add(node);
          uncounted.add(node.describe());
        }
      } catch (ArithmeticException e) {
        skipped.add(node);
        uncounted.add(node.describe() + " (too large to count)");
        macs = 0;
        flops = 0;
        bytes = 0;
      }
      String name = node.name().isEmpty() ? node.output(0).name() : node.name();
      return new NodeCost(
          name, node.opType(), macs, flops, parameters, weightBytes, bytes, parallelism);
    }

    private static boolean isKnown(Node node) {
      return OpSchemas.find(node).isPresent()
          && (OpCost.isView(node)
              || !node.nestedGraphs().isEmpty()
              || (node.inputs().stream().allMatch(Counter::isSized)
                  && node.outputs().stream().allMatch(Counter::isSized)));
    }

    private static boolean isSized(Value value) {
      return value.isAbsent()
          || (value.dataType().isPresent() && value.shape().filter(Shape::isStatic).isPresent());
    }

    private static long bytesMoved(Node node) {
      if (!node.nestedGraphs().isEmpty()) {
        return 0;
      }
      Set<Value> values = new HashSet<>(node.inputs());
      values.addAll(node.outputs());
      values.remove(Value.ABSENT);
      long bytes = 0;
      for (Value value : values) {
        bytes = Math.addExact(bytes, OpCost.bytes(value));
      }
      return bytes;
    }
  }
}
