// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SamplesTest {
  /// As an application may write one: without what is optional.
  private record Plain(Dataset data) implements Dataset {
    @Override
    public String description() {
      return "plain";
    }

    @Override
    public long size() {
      return data.size();
    }

    @Override
    public String digest() {
      return data.digest();
    }

    @Override
    public boolean isRandom() {
      return false;
    }

    @Override
    public Stream<Batch> batches(int batchSize) throws IOException {
      return data.batches(batchSize);
    }

    @Override
    public Dataset limit(long limit) {
      return new Plain(data.limit(limit));
    }
  }

  @Test
  void ofDataThatCannotChooseAreTheFirstOnes() throws IOException {
    Dataset data = SmallNetwork.data(9, 3);
    List<Map<String, Tensor>> samples = Samples.of(new Plain(data), SmallNetwork.model(), 4);
    try (Stream<Batch> batches = data.batches(1)) {
      List<Tensor> first = batches.limit(4).map(batch -> batch.inputs().get("x")).toList();
      assertThat(samples).extracting(sample -> sample.get("x").toFloats()).hasSize(4);
      for (int i = 0; i < first.size(); i++) {
        assertThat(samples.get(i).get("x").toFloats()).isEqualTo(first.get(i).toFloats());
      }
    }
  }
}
