// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.Printable;
import dev.quench.QuenchException;
import dev.quench.eval.cluster.ClusterException;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.BackendException;
import dev.quench.run.Progress;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;

/// What is broadcast once to all executors: a model and what to do with it.
///
/// @param <O> what it opens in each process
interface Job<O extends Job.Opened> extends Serializable {
  /// Something open, shared by the tasks of one job in one process.
  interface Opened extends AutoCloseable {
    @Override
    void close();
  }

  /// Different for each job.
  String id();

  /// Opens the model in this process.
  ///
  /// @throws IOException if the data cannot be read here
  O open() throws IOException;

  /// A part of the work.
  interface Work {
    PartState run() throws IOException;
  }

  /// Runs a part. What no other executor could do better becomes a failed part, so that Spark does
  /// not try it again; what may be the fault of this executor is thrown, and Spark tries another.
  ///
  /// @param what names the part in messages
  static PartState part(int number, String what, Work work) {
    try {
      return work.run();
    } catch (BackendException e) {
      throw new ClusterException(
          "%s on %s: %s".formatted(what, ExecutorKind.executor(), e.getMessage()), e);
    } catch (QuenchException | IllegalArgumentException | IOException | UncheckedIOException e) {
      String message =
          "%s on %s: %s"
              .formatted(
                  what, ExecutorKind.executor(), Printable.escape(String.valueOf(e.getMessage())));
      return PartState.failed(new PartFailure(number, message));
    }
  }

  /// A model as it is sent.
  ///
  /// @throws ClusterException if it is too large for one message
  static byte[] bytes(Model model) {
    if (!OnnxWriter.fitsOneMessage(model)) {
      throw new ClusterException(
          "the model is larger than 2 GB and cannot be sent to executors; run it on one machine");
    }
    return OnnxWriter.toBytes(model);
  }

  /// A model as it was sent.
  static Model model(byte[] bytes) {
    return OnnxReader.read(bytes, "the model of the job");
  }

  /// @throws ClusterException unless the data have as many samples here as on the driver
  static void requireSize(@Nullable Dataset data, long size) {
    if (data == null || data.size() != size) {
      throw new ClusterException(
          "the data have %d samples here and %d on the driver; give every machine the same files"
              .formatted(data == null ? 0 : data.size(), size));
    }
  }

  /// Adds the samples of a task to a counter of the driver, and ends a task that Spark has
  /// cancelled.
  static Progress counting(LongAccumulator counter) {
    return new Progress() {
      @Override
      public void begin(String task, long total) {}

      @Override
      public void advance(long steps) {
        counter.add(steps);
        TaskContext task = TaskContext.get();
        if (task != null && task.isInterrupted()) {
          throw new TaskKilledException("another part failed");
        }
      }

      @Override
      public void end() {}
    };
  }
}
