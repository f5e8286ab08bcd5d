// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Optional;

/// Merges the product of two matrices with the addition after it.
///
/// 1. `Add(MatMul(a, b), c)`, either order, with a `[M, K]`, b `[K, N]` and c `[N]`, `[1, N]`,
///    `[1]`, `[1, 1]` or a scalar → `Gemm(a, b, c)`.
///
/// Unchanged: products of unknown or other rank, a sum whose shape may differ from that of the
/// product, a product with other readers or that is a graph output, integer types.
public final class MatMulAddToGemm extends NodeRewrite {
  public MatMulAddToGemm() {
    super("mat-mul-add-to-gemm");
  }

  @Override
  boolean rewrite(Node node) {
    return node.is("Add")
        && node.opset() >= 7
        && node.output(0).isPresent()
        && (join(node, 0) || join(node, 1));
  }

  private static boolean join(Node add, int productInput) {
    Node product = SoleReader.producerFor(add, add.input(productInput)).orElse(null);
    Value addend = add.input(1 - productInput);
    if (product == null || !product.is("MatMul") || addend.isAbsent() || !hasGemmType(product)) {
      return false;
    }
    Optional<Shape> left = product.input(0).shape();
    Optional<Shape> right = product.input(1).shape();
    if (left.isEmpty()
        || right.isEmpty()
        || addend.shape().isEmpty()
        || left.get().rank() != 2
        || right.get().rank() != 2
        || !isRow(addend.shape().get(), right.get().dim(1))) {
      return false;
    }
    Graph graph = add.graph();
    Node gemm =
        graph.insertBefore(
            add,
            NodeBuilder.of("Gemm")
                .name(product.name())
                .inputs(product.input(0), product.input(1), addend)
                .output(graph.uniqueName(add.output(0).name())));
    Value sum = add.output(0);
    add.truncateInputs(0);
    graph.adoptOutput(gemm, 0, sum);
    graph.remove(add);
    graph.remove(product);
    return true;
  }

  private static boolean hasGemmType(Node product) {
    Optional<DataType> type =
        product.input(1).isPresent() ? product.input(1).dataType() : Optional.empty();
    return type.isPresent()
        && switch (type.get()) {
          case FLOAT, DOUBLE, FLOAT16 -> true;
          case BFLOAT16 -> product.opset() >= 13;
          default -> false;
        };
  }

  private static boolean isRow(Shape shape, Dim columns) {
    if (shape.rank() == 0) {
      return true;
    }
    Dim last = shape.dim(-1);
    return (last.equals(Dim.of(1)) || (columns instanceof Dim.Fixed && last.equals(columns)))
        && (shape.rank() == 1 || (shape.rank() == 2 && shape.dim(0).equals(Dim.of(1))));
  }
}
