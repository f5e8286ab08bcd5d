// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.CheckFailedException;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.Text;
import dev.quench.eval.TensorComparison;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The worst figures of each tensor over all samples.
final class Comparison {
  /// @param output whether it is an output of the model, which bounds apply to, or an inner tensor
  /// @param worst each figure at its worst, NaN being worse than all
  record Entry(boolean output, TensorComparison worst) {
    List<String> cells(String name) {
      return List.of(
          name,
          Text.format("%.6f", worst.cosine()),
          Text.format("%.2f", worst.sqnrDecibel()),
          Text.format("%.4g", worst.maxAbsoluteError()),
          Text.format("%.4g", worst.maxRelativeError()),
          Text.format("%.2f %%", 100 * worst.top1Agreement()));
    }

    void fill(ObjectNode node, String name) {
      node.put("name", name)
          .put("output", output)
          .put("cosine", worst.cosine())
          .put("sqnrDecibel", worst.sqnrDecibel())
          .put("maxAbsoluteError", worst.maxAbsoluteError())
          .put("maxRelativeError", worst.maxRelativeError())
          .put("top1Agreement", worst.top1Agreement());
    }
  }

  private final Map<String, Entry> worst = new LinkedHashMap<>();

  /// Compares the outputs of one batch, by the names of the expected ones.
  ///
  /// @param samples in the batch
  /// @throws CommandException if an output is missing or its shape differs
  void addOutputs(Map<String, Tensor> expected, Map<String, Tensor> actual, int samples) {
    expected.forEach((name, tensor) -> {
      Tensor other = actual.get(name);
      if (other == null) {
        throw new CommandException("output '" + name + "' is missing on one side");
      }
      worst.merge(name, new Entry(true, compare(name, tensor, other, samples)), Comparison::worse);
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
        worst.merge(
            name, new Entry(false, compare(name, tensor, other, samples)), Comparison::worse);
      }
    });
  }

  /// By tensor name, outputs first.
  Map<String, Entry> worst() {
    return Collections.unmodifiableMap(worst);
  }

  /// Holds the outputs against bounds.
  ///
  /// @throws CheckFailedException naming each output that does not hold
  void check(@Nullable Double minCosine, @Nullable Double maxError) {
    List<String> failures = new ArrayList<>();
    worst.forEach((name, entry) -> {
      if (!entry.output()) {
        return;
      }
      TensorComparison found = entry.worst();
      if (minCosine != null && !(found.cosine() >= minCosine)) {
        failures.add(
            Text.format(
                "'%s' has cosine %.6f, below --min-cosine %s", name, found.cosine(), minCosine));
      }
      if (maxError != null && !(found.maxAbsoluteError() <= maxError)) {
        failures.add(
            Text.format(
                "'%s' is off by up to %.4g, more than --max-error %s",
                name, found.maxAbsoluteError(), maxError));
      }
    });
    if (!failures.isEmpty()) {
      throw new CheckFailedException(String.join("; ", failures));
    }
  }

  private static TensorComparison compare(
      String name, Tensor expected, Tensor actual, int samples) {
    try {
      return TensorComparison.worstOfSamples(expected, actual, samples);
    } catch (IllegalArgumentException e) {
      throw new CommandException("tensor '" + name + "': " + e.getMessage(), e);
    }
  }

  private static Entry worse(Entry one, Entry other) {
    return new Entry(one.output(), one.worst().worse(other.worst()));
  }
}
