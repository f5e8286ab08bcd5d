// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.table.HistogramFile;
import dev.quench.calibration.table.SampleSpans;
import dev.quench.digest.Sha256;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.UnorderedDigest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.rdd.InputFileBlockHolder;
import org.apache.spark.sql.Row;
import org.apache.spark.util.LongAccumulator;

/// Sees the rows of one partition, some at a time, so that memory does not grow with the partition.
///
/// @param part number of the partition
record RowCalibration(CalibrationJob job, SampleColumns columns, int part) {
  private static final int MOST_ROWS = 1024;
  private static final long MOST_BYTES = 64L << 20;

  /// @return one state; none for a partition without rows
  Iterator<byte[]> see(Iterator<Row> rows, LongAccumulator counter) {
    if (!rows.hasNext()) {
      return Collections.emptyIterator();
    }
    PartState state =
        Job.part(
            part,
            "partition " + part,
            () -> ExecutorModels.use(job, open -> see(rows, open, counter)));
    return List.of(state.toBytes()).iterator();
  }

  private PartState see(Iterator<Row> rows, CalibrationJob.Open open, LongAccumulator counter)
      throws IOException {
    RowReader reader = RowReader.of(open.model(), columns);
    UnorderedDigest digest = new UnorderedDigest();
    Map<String, Histogram> seen = new LinkedHashMap<>();
    String firstFile = file();
    while (rows.hasNext()) {
      List<Batch> some = take(rows, reader, digest);
      SampleSpans.Span all = new SampleSpans.Span(0, some.size());
      Map<String, Histogram> more =
          open.parts().see(new HeldSamples(some), all, Job.counting(counter));
      seen = CalibrationJob.merge(seen, more);
    }
    byte[] bytes = HistogramFile.encode(seen);
    PartPlace place =
        new PartPlace(
            part, digest.samples(), firstFile, file(), Sha256.hex(bytes), ExecutorKind.executor());
    return PartState.of(open.kind(), place, Optional.of(digest), bytes);
  }

  private static List<Batch> take(Iterator<Row> rows, RowReader reader, UnorderedDigest digest) {
    List<Batch> some = new ArrayList<>();
    long bytes = 0;
    while (rows.hasNext() && some.size() < MOST_ROWS && bytes < MOST_BYTES) {
      Batch sample = read(reader, rows.next(), digest.samples());
      digest.add(sample);
      bytes += sample.inputs().values().stream().mapToLong(tensor -> tensor.byteSize()).sum();
      some.add(sample);
    }
    return some;
  }

  /// @param number of the row in its partition, from 0
  static Batch read(RowReader reader, Row row, long number) {
    try {
      return reader.read(row);
    } catch (DataException e) {
      String file = file();
      throw new DataException(
          "row %d%s: %s"
              .formatted(number, file.isEmpty() ? "" : " (in " + file + ")", e.getMessage()),
          e);
    }
  }

  /// The file that this task reads; empty if it reads none.
  static String file() {
    return InputFileBlockHolder.getInputFilePath().toString();
  }
}
