// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.eval.cluster.ClusterException;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.ForwardingDataset;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A part that cannot succeed ends the job, though others still run and wait.
class CancelledJobTest {
  private static final int PARTS = 12;

  /// The first samples of the parts that began; tasks of a local cluster share the process.
  private static final Set<Long> BEGUN = new ConcurrentSkipListSet<>();

  private static SparkSession session;
  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    session = LocalSpark.builder("local[2]").getOrCreate();
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  @Test
  @Timeout(120)
  void noFurtherPartBeginsAndThoseThatRunEnd() throws IOException {
    Model model = SmallNetwork.model();
    String input = SmallNetwork.input(model);
    assertThatThrownBy(() ->
            SparkCalibration.on(spark)
                .partitions(PARTS)
                .calibrate(
                    model,
                    SmallNetwork.tensors(model),
                    () -> new Endless(SmallNetwork.data(input, SmallNetwork.numbers()))))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("samples 0-3 on executor driver")
        .hasMessageContaining("photo.jpg is damaged");
    assertThat(BEGUN).contains(0L).hasSizeLessThan(PARTS);
  }

  /// The first part fails; the others end when they are cancelled, and not before.
  private record Endless(Dataset data) implements ForwardingDataset {
    @Override
    public Stream<Batch> batches(int batchSize) throws IOException {
      return batchesFrom(0, batchSize);
    }

    @Override
    public Stream<Batch> batchesFrom(long first, int batchSize) throws IOException {
      if (TaskContext.get() == null) {
        return data.batchesFrom(first, batchSize);
      }
      BEGUN.add(first);
      if (first == 0) {
        throw new DataException("photo.jpg is damaged");
      }
      while (!TaskContext.get().isInterrupted()) {
        Thread.onSpinWait();
      }
      return data.batchesFrom(first, batchSize);
    }

    @Override
    public String digest() {
      return "";
    }

    @Override
    public Dataset limit(long limit) {
      return data.limit(limit);
    }
  }
}
