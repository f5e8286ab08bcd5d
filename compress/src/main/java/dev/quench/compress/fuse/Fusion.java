// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.rewrite.Rewrite;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.run.Backend;
import java.util.ArrayList;
import java.util.List;

/// The passes that come before everything else: they leave a network that computes the same with
/// fewer nodes.
///
/// Results differ from the original by rounding alone: weights are folded in double and rounded
/// once, and sums are taken in another order.
public final class Fusion {
  private Fusion() {}

  /// @param backend computes constant nodes; must be available
  public static RewritePipeline standard(Backend backend) {
    return new RewritePipeline(standardPasses(backend));
  }

  /// [#standard], and convolutions that read the same tensor are merged into one: for GPUs.
  ///
  /// @param backend computes constant nodes; must be available
  public static RewritePipeline withSiblingConvs(Backend backend) {
    List<Rewrite> passes = new ArrayList<>(standardPasses(backend));
    passes.add(new MergeSiblingConvs());
    return new RewritePipeline(passes);
  }

  private static List<Rewrite> standardPasses(Backend backend) {
    return List.of(
        new InferShapes(),
        new EliminateIdentity(),
        new EliminateDropout(),
        new EliminateNoOpCast(),
        new FoldConstants(backend),
        new EliminateNoOpReshape(),
        new EliminateTransposePairs(),
        new FoldBatchNormalization(),
        new FoldScaleShift(),
        new MatMulAddToGemm(),
        new DeduplicateInitializers(),
        new EliminateCommonSubexpressions(),
        new EliminateDeadNodes());
  }
}
