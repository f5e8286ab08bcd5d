// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.Printable;
import dev.quench.QuenchException;
import dev.quench.calibration.table.SampleSpans.Span;
import dev.quench.eval.cluster.ClusterException;
import dev.quench.run.Progress;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;

/// Runs the parts of one job and adds up what they give, in a tree on the executors, so that the
/// driver receives one state whatever the number of partitions. Results travel only as results of
/// Spark's action, which takes each partition once, whatever was retried or ran twice.
///
/// @param spark the cluster
/// @param partitions that the caller asked for
/// @param mixedExecutors whether executors of different kinds may work together
record JobRun(JavaSparkContext spark, OptionalInt partitions, boolean mixedExecutors) {
  /// So that one slow executor does not leave all others idle at the end.
  private static final int PARTITIONS_PER_CORE = 4;

  private static final int DEPTH = 2;

  static String newId() {
    return UUID.randomUUID().toString();
  }

  /// How many parts to make.
  int parts() {
    return partitions.orElse(Math.multiplyExact(PARTITIONS_PER_CORE, spark.defaultParallelism()));
  }

  /// CPU threads of one task.
  int threads() {
    return spark.getConf().getInt("spark.task.cpus", 1);
  }

  /// The number, the first sample and the end of each span, a partition each.
  JavaRDD<long[]> spread(List<Span> spans) {
    return spark.parallelize(
        IntStream.range(0, spans.size())
            .mapToObj(i -> new long[] {i, spans.get(i).from(), spans.get(i).to()})
            .toList(),
        spans.size());
  }

  /// @throws IllegalArgumentException unless the value is 1 or more
  static int positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be 1 or more, got " + value);
    }
    return value;
  }

  LongAccumulator counter() {
    return spark.sc().longAccumulator("samples");
  }

  /// Adds up the states of all partitions. Once a part has failed no further one begins, and those
  /// that run end with their batch.
  ///
  /// @param states [PartState#toBytes] of each part
  /// @param counter to which tasks add their samples; for progress alone
  /// @throws ClusterException if a part failed, naming it
  PartState sum(
      JavaRDD<byte[]> states,
      PartState.StateMerge merge,
      LongAccumulator counter,
      Progress progress) {
    String tag = newId();
    CollectionAccumulator<String> failures = spark.sc().collectionAccumulator("failed parts");
    TaskEnds listener = new TaskEnds(counter, progress, failures, () -> cancel(tag));
    spark.sc().addSparkListener(listener);
    spark.addJobTag(tag);
    Function2<byte[], byte[], byte[]> both = (one, other) -> merged(one, other, merge);
    byte[] sum;
    try {
      sum =
          states
              .map(state -> reported(state, failures))
              .treeAggregate(new byte[0], both, both, DEPTH, true);
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      List<String> known = failures.value();
      throw known.isEmpty() ? failed(e) : new ClusterException(known.getFirst(), e);
    } finally {
      spark.removeJobTag(tag);
      spark.sc().removeSparkListener(listener);
      listener.tell(); // Spark calls listeners late
    }
    if (sum.length == 0) {
      throw new ClusterException("the data have no samples; give at least one");
    }
    PartState result = PartState.ofBytes(sum);
    result
        .failure()
        .ifPresent(failure -> {
          throw new ClusterException(failure.message());
        });
    if (!mixedExecutors) {
      ExecutorKind.requireOne(result.kinds());
    }
    return result;
  }

  private void cancel(String tag) {
    spark.cancelJobsWithTag(tag);
  }

  private static byte[] reported(byte[] state, CollectionAccumulator<String> failures) {
    PartState.ofBytes(state).failure().ifPresent(failure -> failures.add(failure.message()));
    return state;
  }

  private static byte[] merged(byte[] one, byte[] other, PartState.StateMerge merge) {
    if (one.length == 0 || other.length == 0) {
      return one.length == 0 ? other : one;
    }
    return PartState.ofBytes(one).merge(PartState.ofBytes(other), merge).toBytes();
  }

  /// One line that says why Spark gave up.
  static ClusterException failed(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof QuenchException known) {
        return new ClusterException(String.valueOf(known.getMessage()), e);
      }
    }
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    // The message of an error alone, such as a missing class, does not say what it means.
    String said = root instanceof Error ? root.toString() : String.valueOf(root.getMessage());
    String reason = said.lines().findFirst().orElse("");
    return new ClusterException(
        "Spark gave up: " + Printable.escape(reason.isEmpty() ? root.toString() : reason), e);
  }
}
