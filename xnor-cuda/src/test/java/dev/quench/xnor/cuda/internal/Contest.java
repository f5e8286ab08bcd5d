// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/// Times all contenders in turn, again and again, so that clock and temperature meet them alike.
/// What is known of each is in the report after every round; one that fails is noted there, and the
/// others go on.
final class Contest {
  private final Stopwatch stopwatch;
  private final ArrayNode results;
  private final Runnable flush;
  private final String work;
  private final List<Contender> contenders = new ArrayList<>();
  private boolean failed;

  /// @param work what all of them do, for the report
  /// @param results grows by one object a contender
  /// @param flush puts the report on disk
  Contest(Stopwatch stopwatch, String work, ArrayNode results, Runnable flush) {
    this.stopwatch = stopwatch;
    this.work = work;
    this.results = results;
    this.flush = flush;
  }

  private static final class Contender {
    final Runnable run;
    final double operations;
    final ObjectNode node;
    final List<Double> millis = new ArrayList<>();

    Contender(Runnable run, double operations, ObjectNode node) {
      this.run = run;
      this.operations = operations;
      this.node = node;
    }
  }

  /// @param operations of one run; 0 where they say nothing
  /// @param preparation gives what enqueues the work once, after it has seen that the work is right
  void add(String name, double operations, Supplier<Runnable> preparation) {
    ObjectNode node =
        results.addObject().put("work", work).put("contender", name).put("status", "preparing");
    flush.run();
    try {
      contenders.add(new Contender(preparation.get(), operations, node));
      node.put("status", "prepared");
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      fail(node, e);
    }
    flush.run();
  }

  private void fail(ObjectNode node, Throwable e) {
    failed = true;
    node.put("status", "failed").put("detail", String.valueOf(e));
  }

  /// @param warmUps rounds that do not count; 0 in a rehearsal
  /// @param rounds how often each contender is timed
  record Effort(int warmUps, int rounds) {}

  /// @param runs in a row, timed together
  void run(Effort effort, int runs) {
    for (int round = -effort.warmUps(); round < effort.rounds(); round++) {
      for (Contender contender : List.copyOf(contenders)) {
        try {
          double millis = stopwatch.millis(contender.run, runs);
          if (round >= 0) {
            contender.millis.add(millis);
            note(contender);
          }
        } catch (RuntimeException | LinkageError e) {
          fail(contender.node, e);
          contenders.remove(contender);
        }
      }
      flush.run();
    }
    contenders.forEach(contender -> contender.node.put("status", "done"));
    flush.run();
  }

  private static void note(Contender contender) {
    double[] sorted = contender.millis.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    double median = sorted[sorted.length / 2];
    contender
        .node
        .put("status", "timing")
        .put("rounds", sorted.length)
        .put("medianMillis", median)
        .put("leastMillis", sorted[0])
        .put("mostMillis", sorted[sorted.length - 1]);
    if (contender.operations > 0) {
      contender.node.put("teraOperationsPerSecond", contender.operations / median / 1e9);
    }
  }

  /// Whether a contender fell out.
  boolean hasFailed() {
    return failed;
  }
}
