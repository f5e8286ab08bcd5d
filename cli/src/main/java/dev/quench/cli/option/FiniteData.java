// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Refuses data with values that are not numbers: whatever is measured on them would mean nothing.
final class FiniteData {
  private static final int BATCH = 64;

  private FiniteData() {}

  /// Reads all of `data` once.
  ///
  /// @throws CommandException naming the input and the first sample with NaN or an infinity
  static void check(Dataset data) throws IOException {
    AtomicLong sample = new AtomicLong();
    try (Stream<Batch> batches = data.batches(BATCH)) {
      batches.forEachOrdered(batch -> {
        for (Map.Entry<String, Tensor> input : batch.inputs().entrySet()) {
          int axis = batch.axes().of(input.getKey()).orElse(0);
          check(data, input.getKey(), input.getValue(), axis, sample.get());
        }
        sample.addAndGet(batch.size());
      });
    }
  }

  private static void check(Dataset data, String name, Tensor tensor, int axis, long firstSample) {
    if (!tensor.dataType().isFloating()) {
      return;
    }
    long inner = 1;
    for (int i = axis + 1; i < tensor.shape().rank(); i++) {
      inner *= tensor.shape().size(i);
    }
    long samples = axis < tensor.shape().rank() ? tensor.shape().size(axis) : 1;
    for (long i = 0; i < tensor.elements(); i++) {
      double value = tensor.doubleAt(i);
      if (!Double.isFinite(value)) {
        throw new CommandException(
            "%s: input '%s' of sample %d holds %s (element %d); remove or repair that sample"
                .formatted(
                    data.description(),
                    name,
                    firstSample + i / inner % samples,
                    value,
                    i / inner / samples * inner + i % inner));
      }
    }
  }
}
