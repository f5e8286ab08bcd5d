// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import dev.quench.compress.prune.PruningSpace;
import dev.quench.compress.prune.SettledInputs;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.graph.subgraph.Subgraph;
import dev.quench.run.Backend;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Measures what a latency table lacks: cuts models of few widths, and times their parts in turn
/// with the whole and with the original.
///
/// What is kept is the median over turns of its ratio to the original's time in the same turn, so
/// that what else the machine does strikes all alike; a turn's time is the fastest of a few runs.
final class LatencyMeasurement {
  /// Keeps what is measured.
  @FunctionalInterface
  interface Store {
    void save(LatencyTable table) throws IOException;
  }

  private static final int WARM_UP_TURNS = 3;
  private static final int TURNS = 9;
  private static final int RUNS = 4;
  private static final int FIRST_TURNS = 50;

  private record Wanted(int part, List<Integer> widths) {}

  private record Timed(Session session, Map<String, Tensor> inputs) implements AutoCloseable {
    static Timed open(Backend backend, Model model) {
      Map<String, Tensor> inputs = SettledInputs.of(model, Map.of(), 1).random(1);
      Session session = backend.open(model, SessionOptions.DEFAULT);
      session.warmUp(inputs);
      return new Timed(session, inputs);
    }

    /// The fastest of some runs after one that is not counted.
    double millis() {
      session.run(inputs);
      double fastest = Double.POSITIVE_INFINITY;
      for (int i = 0; i < RUNS; i++) {
        long start = System.nanoTime();
        session.run(inputs);
        fastest = Math.min(fastest, (System.nanoTime() - start) / 1e6);
      }
      return fastest;
    }

    @Override
    public void close() {
      session.close();
    }
  }

  private final PruningSpace space;
  private final Backend backend;
  private final Map<String, Shape> shapes;

  /// @param shapes static, of all inputs
  LatencyMeasurement(PruningSpace space, Backend backend, Map<String, Shape> shapes) {
    this.space = space;
    this.backend = backend;
    this.shapes = shapes;
  }

  /// @throws dev.quench.run.BackendException if the backend refuses a part
  void complete(LatencyTable table, Store store, Progress progress) throws IOException {
    List<Wanted> missing = new ArrayList<>();
    for (int part = 0; part < table.parts().size(); part++) {
      for (List<Integer> widths : table.widths(part)) {
        if (table.part(part, widths).isEmpty()) {
          missing.add(new Wanted(part, widths));
        }
      }
    }
    List<List<Integer>> together =
        new ArrayList<>(
            table.together().stream().filter(each -> table.model(each).isEmpty()).toList());
    if (missing.isEmpty() && together.isEmpty()) {
      return;
    }
    progress.begin("latencies of parts", missing.size());
    Model original = shaped(space.original().copy());
    try (Timed reference = Timed.open(backend, original)) {
      for (int turn = 0; turn < FIRST_TURNS; turn++) {
        reference.millis();
      }
      while (!missing.isEmpty() || !together.isEmpty()) {
        List<Integer> widths = together.isEmpty() ? packed(missing, table) : together.removeFirst();
        List<Wanted> here =
            missing.stream()
                .filter(each -> each.widths.equals(of(each.part, widths, table)))
                .toList();
        measure(widths, here, reference, table);
        missing.removeAll(here);
        store.save(table);
        progress.advance(here.size());
      }
    } finally {
      progress.end();
    }
  }

  /// The milliseconds of a whole model, measured unless the table has it; the table keeps it.
  double model(List<Integer> widths, LatencyTable table) {
    Optional<Double> known = table.model(widths);
    if (known.isPresent()) {
      return known.get() * table.originalMillis();
    }
    try (Timed reference = Timed.open(backend, shaped(space.original().copy()))) {
      measure(widths, List.of(), reference, table);
    }
    return table.model(widths).orElseThrow() * table.originalMillis();
  }

  /// Widths at which as many parts as possible are missing, taken greedily.
  private List<Integer> packed(List<Wanted> missing, LatencyTable table) {
    Integer[] widths = new Integer[space.groups().size()];
    for (Wanted each : missing) {
      List<Integer> tied = table.parts().get(each.part).groups();
      boolean fits = true;
      for (int i = 0; i < tied.size(); i++) {
        Integer taken = widths[tied.get(i)];
        fits &= taken == null || taken.equals(each.widths.get(i));
      }
      for (int i = 0; fits && i < tied.size(); i++) {
        widths[tied.get(i)] = each.widths.get(i);
      }
    }
    for (int i = 0; i < widths.length; i++) {
      widths[i] = widths[i] == null ? space.groups().get(i).widths().getFirst() : widths[i];
    }
    return List.of(widths);
  }

  private static List<Integer> of(int part, List<Integer> widths, LatencyTable table) {
    return table.parts().get(part).groups().stream().map(widths::get).toList();
  }

  private Model shaped(Model model) {
    ShapeInference.withInputShapes(model, shapes);
    return model;
  }

  private void measure(
      List<Integer> widths, List<Wanted> parts, Timed reference, LatencyTable table) {
    Model cut = shaped(space.cut(widths));
    table.putModel(widths, ratio(cut, reference, table));
    for (Wanted each : parts) {
      Set<Node> nodes = new HashSet<>();
      for (int place : table.parts().get(each.part).nodes()) {
        nodes.add(cut.graph().nodes().get(place));
      }
      table.putPart(each.part, each.widths, ratio(Subgraph.of(cut, nodes), reference, table));
    }
  }

  /// One model beside the original: threads of other sessions that wait for work take time too.
  private double ratio(Model model, Timed reference, LatencyTable table) {
    try (Timed timed = Timed.open(backend, model)) {
      for (int turn = 0; turn < WARM_UP_TURNS; turn++) {
        reference.millis();
        timed.millis();
      }
      double[] references = new double[TURNS];
      double[] ratios = new double[TURNS];
      for (int turn = 0; turn < TURNS; turn++) {
        references[turn] = reference.millis();
        ratios[turn] = timed.millis() / references[turn];
      }
      table.seen(median(references));
      return median(ratios);
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
