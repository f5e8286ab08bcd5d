// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.compare;

import dev.quench.eval.TensorComparison;
import dev.quench.pipeline.PipelineException;
import dev.quench.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The worst figures of each tensor over all samples.
public final class TensorFigures {
  /// @param output whether it is an output of the model, which bounds apply to, or an inner tensor
  /// @param worst each figure at its worst, NaN being worse than all
  public record Figures(boolean output, TensorComparison worst) {}

  private final Map<String, Figures> worst = new LinkedHashMap<>();

  TensorFigures() {}

  /// By tensor name, outputs first.
  public Map<String, Figures> worst() {
    return Collections.unmodifiableMap(worst);
  }

  /// Compares the outputs of one batch, by the names of the expected ones.
  ///
  /// @param samples in the batch
  /// @throws PipelineException if an output is missing or its shape differs
  void addOutputs(Map<String, Tensor> expected, Map<String, Tensor> actual, int samples) {
    expected.forEach((name, tensor) -> {
      Tensor other = actual.get(name);
      if (other == null) {
        throw new PipelineException("output '" + name + "' is missing on one side");
      }
      add(name, new Figures(true, compare(name, tensor, other, samples)));
    });
  }

  /// Compares the inner tensors of one batch; those that only share a name and differ in shape are
  /// passed over.
  ///
  /// @param samples in the batch
  void addInner(Map<String, Tensor> expected, Map<String, Tensor> actual, int samples) {
    expected.forEach((name, tensor) -> {
      Tensor other = actual.get(name);
      if (other != null && other.shape().equals(tensor.shape())) {
        add(name, new Figures(false, compare(name, tensor, other, samples)));
      }
    });
  }

  private void add(String name, Figures found) {
    worst.merge(
        name, found, (one, other) -> new Figures(one.output(), one.worst().worse(other.worst())));
  }

  private static TensorComparison compare(
      String name, Tensor expected, Tensor actual, int samples) {
    try {
      return TensorComparison.worstOfSamples(expected, actual, samples);
    } catch (IllegalArgumentException e) {
      throw new PipelineException("tensor '" + name + "': " + e.getMessage(), e);
    }
  }
}
