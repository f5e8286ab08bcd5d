// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import java.io.IOException;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.util.LongAccumulator;
import scala.Tuple2;

/// Judges a model on the numbered rows of one partition, one by one.
///
/// @param part number of the partition
record RowEvaluation(EvaluationJob job, SampleColumns columns, int part) {
  /// @return one state; none for a partition without rows
  Iterator<byte[]> judge(Iterator<Tuple2<Row, Long>> rows, LongAccumulator counter) {
    if (!rows.hasNext()) {
      return Collections.emptyIterator();
    }
    PartState state =
        Job.part(
            part,
            "partition " + part,
            () -> ExecutorModels.use(job, open -> judge(rows, open, counter)));
    return List.of(state.toBytes()).iterator();
  }

  private PartState judge(
      Iterator<Tuple2<Row, Long>> rows, EvaluationJob.Open open, LongAccumulator counter)
      throws IOException {
    RowReader reader = RowReader.of(open.model(), columns);
    String firstFile = RowCalibration.file();
    Metric.Accumulator all = open.metric().begin();
    Metric.Accumulator run = all;
    long next = -1;
    long samples = 0;
    while (rows.hasNext()) {
      Tuple2<Row, Long> row = rows.next();
      if (row._2() != next) {
        if (samples > 0) {
          all.merge(run.state());
        }
        run = open.metric().begin(row._2());
      }
      Batch sample = RowCalibration.read(reader, row._1(), row._2());
      run.add(sample, open.session().run(sample.inputs()));
      next = row._2() + 1;
      samples++;
      counter.add(1);
    }
    all.merge(run.state());
    return open.state(part, samples, firstFile, RowCalibration.file(), all);
  }
}
