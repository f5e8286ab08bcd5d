// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.Printable;
import dev.quench.eval.cluster.ClusterException;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/// What jobs have opened in this process: one model, with its sessions, for all tasks of a job that
/// run here. The model of the latest job stays open for its next task; those of earlier jobs are
/// closed when no task uses them any more, and all when the process ends. Thread-safe.
final class ExecutorModels {
  private static final Map<String, Held> HELD = new LinkedHashMap<>();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> closeUnused(), "close models"));
  }

  private static final class Held {
    private final Job.Opened opened;
    private int users;

    Held(Job.Opened opened) {
      this.opened = opened;
    }
  }

  private ExecutorModels() {}

  /// Uses what a job opens.
  interface Use<O, R> {
    R of(O opened) throws IOException;
  }

  /// Runs a task on what its job has opened here, opening it first if this is the first task.
  static <O extends Job.Opened, R> R use(Job<O> job, Use<O, R> task) throws IOException {
    O opened = acquire(job);
    try {
      return task.of(opened);
    } finally {
      release(job.id());
    }
  }

  // One key is used for one job, hence for one type.
  @SuppressWarnings("unchecked")
  private static synchronized <O extends Job.Opened> O acquire(Job<O> job) throws IOException {
    Held held = HELD.get(job.id());
    if (held == null) {
      closeUnused();
      held = new Held(open(job));
      HELD.put(job.id(), held);
    }
    held.users++;
    return (O) held.opened;
  }

  /// Spark would end the process at an error of loading, and the driver would hear only that.
  private static <O extends Job.Opened> O open(Job<O> job) throws IOException {
    try {
      return job.open();
    } catch (LinkageError e) {
      throw new ClusterException(
          "%s cannot load what runs the model: %s; every node needs Java 25, Linux with glibc and Quench's jars with ONNX Runtime"
              .formatted(ExecutorKind.executor(), Printable.escape(String.valueOf(e))),
          e);
    }
  }

  private static synchronized void release(String job) {
    Held held = HELD.get(job);
    if (held != null) {
      held.users--;
    }
  }

  private static synchronized void closeUnused() {
    for (Iterator<Map.Entry<String, Held>> each = HELD.entrySet().iterator(); each.hasNext(); ) {
      Map.Entry<String, Held> entry = each.next();
      if (entry.getValue().users == 0) {
        entry.getValue().opened.close();
        each.remove();
      }
    }
  }
}
