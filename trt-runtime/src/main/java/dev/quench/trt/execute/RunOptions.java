// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

/// Options of sessions of an engine.
///
/// @param contexts how many inferences of one session may run at once; each needs GPU memory, which
///   is allocated when that many callers first run together
/// @param cudaGraphs whether to record a repeated inference of one shape as a CUDA graph and launch
///   that, which saves most of the host's time; engines that cannot be recorded run without it
public record RunOptions(int contexts, boolean cudaGraphs) {
  /// Up to four at once, with CUDA graphs.
  public static final RunOptions DEFAULT = new RunOptions(4, true);

  public RunOptions {
    if (contexts < 1) {
      throw new IllegalArgumentException("contexts must be 1 or more, got " + contexts);
    }
  }

  public RunOptions withContexts(int count) {
    return new RunOptions(count, cudaGraphs);
  }

  public RunOptions withCudaGraphs(boolean wanted) {
    return new RunOptions(contexts, wanted);
  }
}
