// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// Another data set with inputs that hold for every call, such as a sampling rate.
///
/// @param values by the model's input name, fed as they are with every batch
public record FixedInputs(Dataset data, Map<String, Tensor> values) implements ForwardingDataset {
  public FixedInputs {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  @Override
  public String digest() {
    Digest digest = new Digest("fixed inputs").text(data.digest());
    values.forEach((name, value) -> digest.text(name).tensor(value));
    return digest.hex();
  }

  @Override
  public BatchAxes axes() {
    Map<String, OptionalInt> none = new LinkedHashMap<>();
    values.keySet().forEach(name -> none.put(name, OptionalInt.empty()));
    return data.axes().with(none);
  }

  @Override
  public Stream<Batch> batches(int batchSize) throws IOException {
    return batchesFrom(0, batchSize);
  }

  @Override
  public Stream<Batch> batchesFrom(long first, int batchSize) throws IOException {
    BatchAxes axes = axes();
    return data.batchesFrom(first, batchSize)
        .map(batch -> {
          Map<String, Tensor> inputs = new LinkedHashMap<>(batch.inputs());
          inputs.putAll(values);
          return new Batch(inputs, batch.labels(), batch.size(), batch.images(), axes);
        });
  }

  @Override
  public FixedInputs limit(long limit) {
    return new FixedInputs(data.limit(limit), values);
  }

  @Override
  public FixedInputs sample(long count, long seed) {
    return new FixedInputs(data.sample(count, seed), values);
  }
}
