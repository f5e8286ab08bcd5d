// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

/// How sessions run an engine.
///
/// @param contexts how many inferences of one session may run at once; each needs memory on the
///   GPU, which is taken when that many callers come together for the first time
/// @param cudaGraphs whether to record an inference that repeats one shape and launch the record,
///   which saves most of the host's time; where an engine cannot be recorded it runs as without
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
