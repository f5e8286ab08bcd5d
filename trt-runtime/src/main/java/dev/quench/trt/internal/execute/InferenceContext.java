// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import dev.quench.run.StageTimes;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/// Runs inferences one after the other. For one thread at a time; the owner sees to that.
public interface InferenceContext extends AutoCloseable {
  /// Runs one inference and waits for it.
  ///
  /// @param fed every input by name, checked against the specs; borrowed
  /// @param wanted names of the outputs to bring to the host
  /// @return those outputs in the order wanted, in memory that the next run overwrites
  /// @throws dev.quench.trt.TensorRtException with TensorRT's or CUDA's words
  Map<String, Tensor> run(Map<String, Tensor> fed, Set<String> wanted);

  /// Runs one inference, waits for it and says what its parts took on the GPU.
  StageTimes time(Map<String, Tensor> fed, Set<String> wanted);

  /// Forgets an inference that was recorded, as after weights were exchanged.
  void dropGraph();

  @Override
  void close();
}
