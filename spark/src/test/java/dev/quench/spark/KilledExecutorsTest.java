// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.ForwardingDataset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Executors as processes of their own, of which three are killed.
class KilledExecutorsTest {
  private static final Set<Long> FATAL = Set.of(10L, 22L, 45L);

  @TempDir private Path folder;

  @Test
  void killedExecutorsChangeNothing() throws IOException {
    Model model = SmallNetwork.model();
    String input = SmallNetwork.input(model);
    String marks = folder.toString();
    CalibrationTable table;
    try (SparkSession session = LocalSpark.cluster(2, 1, 1024).getOrCreate()) {
      table =
          SparkCalibration.on(JavaSparkContext.fromSparkContext(session.sparkContext()))
              .partitions(12)
              .calibrate(
                  model,
                  SmallNetwork.tensors(model),
                  () -> new Fatal(SmallNetwork.data(input, SmallNetwork.numbers()), marks));
    }

    for (long sample : FATAL) {
      assertThat(folder.resolve("killed-at-" + sample)).exists();
    }
    assertThat(SmallNetwork.bytes(table))
        .isEqualTo(
            SmallNetwork.bytes(
                SmallNetwork.single(model, SmallNetwork.data(input, SmallNetwork.numbers()))));
  }

  /// Kills the process that reads certain samples for the first time.
  ///
  /// @param marks folder with a file for each sample that has killed
  private record Fatal(Dataset data, String marks) implements ForwardingDataset {
    @Override
    public Stream<Batch> batches(int batchSize) throws IOException {
      return data.batches(batchSize);
    }

    @Override
    public Stream<Batch> batchesFrom(long first, int batchSize) throws IOException {
      long[] number = {first};
      return data.batchesFrom(first, 1)
          .peek(_ -> {
            if (FATAL.contains(number[0]) && isFirst(number[0])) {
              Runtime.getRuntime().halt(9);
            }
            number[0]++;
          });
    }

    private boolean isFirst(long sample) {
      try {
        Files.createFile(Path.of(marks, "killed-at-" + sample));
        return true;
      } catch (FileAlreadyExistsException e) {
        return false;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Dataset limit(long limit) {
      return data.limit(limit);
    }
  }
}
