// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import dev.quench.run.StageTimes;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/// Runs inferences one at a time. For one thread at a time, which the owner ensures.
public interface InferenceContext extends AutoCloseable {
  /// Runs one inference and waits for it.
  ///
  /// @param fed every input by name, checked against the specs; borrowed
  /// @param wanted names of the outputs to copy to the host
  /// @return those outputs in the order wanted, in memory that the next run overwrites
  /// @throws dev.quench.trt.TensorRtException quoting TensorRT or CUDA
  Map<String, Tensor> run(Map<String, Tensor> fed, Set<String> wanted);

  /// Runs one inference, waits for it and returns the durations of its parts on the GPU.
  StageTimes time(Map<String, Tensor> fed, Set<String> wanted);

  /// Drops the recorded graph, as after an exchange of weights.
  void dropGraph();

  @Override
  void close();
}
