// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.rewrite.Rewrite;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.run.Backend;
import java.util.ArrayList;
import java.util.List;

/// The passes that run before all others. They reduce a network to fewer nodes that compute the
/// same.
///
/// Results differ from the original only by rounding: weights are folded in double and rounded
/// once, and the order of summation changes.
public final class Fusion {
  private Fusion() {}

  /// @param backend computes constant nodes; must be available
  public static RewritePipeline standard(Backend backend) {
    return new RewritePipeline(standardPasses(backend));
  }

  /// The passes of [#standard], followed by a merge of convolutions that read the same tensor, for
  /// GPUs.
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
