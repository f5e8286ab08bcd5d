// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import dev.quench.compress.prune.PruningSpace;
import dev.quench.compress.prune.SettledInputs;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.graph.Model;
import dev.quench.pipeline.RecipeListener;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Searches how many channels of each group stay, by what widths lose on samples held back and by
/// what they take on a backend. Set it up and run it in one thread.
public final class WidthSearch {
  private static final int SAMPLES = 500;
  private static final int BATCH = 50;
  private static final int FEWEST_BATCHES = 8;
  private static final int WIDTHS = 8;
  private static final int EVALUATIONS = 200;

  private final SearchTarget target;
  private SearchMethod method = SearchMethod.SENSITIVITY;
  private int mostWidths = WIDTHS;
  private int evaluations = EVALUATIONS;
  private int samples = SAMPLES;
  private long seed = 1;
  private Backend backend = Backends.named("onnxruntime");
  private Optional<Metric> metric = Optional.empty();
  private @Nullable Path state;
  private RecipeListener listener = RecipeListener.SILENT;

  private WidthSearch(SearchTarget target) {
    this.target = target;
  }

  public static WidthSearch to(SearchTarget target) {
    return new WidthSearch(target);
  }

  /// Sensitivity and a dynamic program unless set.
  public WidthSearch method(SearchMethod chosen) {
    method = chosen;
    return this;
  }

  /// Widths of each group to choose among; 8 unless set.
  public WidthSearch widths(int most) {
    mostWidths = most;
    return this;
  }

  /// Models to cut and judge at most; 200 unless set. The sensitivities of all widths are measured
  /// in any case.
  public WidthSearch evaluations(int most) {
    evaluations = most;
    return this;
  }

  /// Samples to hold back, at most a quarter; 500 unless set.
  public WidthSearch samples(int most) {
    samples = most;
    return this;
  }

  /// What AMC draws from.
  public WidthSearch seed(long chosen) {
    seed = chosen;
    return this;
  }

  /// Where latencies are measured; ONNX Runtime unless set.
  public WidthSearch on(Backend chosen) {
    backend = chosen;
    return this;
  }

  /// What samples are scored by; the fidelity of the outputs unless set.
  public WidthSearch metric(Metric chosen) {
    metric = Optional.of(chosen);
    return this;
  }

  /// Keeps measurements in a file, so that a search that was stopped goes on.
  public WidthSearch state(Path file) {
    state = file;
    return this;
  }

  /// Hears what is done.
  public WidthSearch listener(RecipeListener chosen) {
    listener = chosen;
    return this;
  }

  public SearchTarget target() {
    return target;
  }

  /// Widths of each group to choose among.
  public int mostWidths() {
    return mostWidths;
  }

  /// Samples that are held back.
  public int samples() {
    return samples;
  }

  /// Samples of a batch to judge by, where the model's size is free.
  ///
  /// @param size of the data
  public static int batch(long size) {
    return Math.clamp(size / FEWEST_BATCHES, 1, BATCH);
  }

  /// Searches.
  ///
  /// @param shapes of one call that is timed, by input
  /// @param data that the judges come from, to tell searches apart
  /// @param judges held back from what scores and layers are fitted to
  /// @throws PruningException if no widths reach the target, with what they reach
  /// @throws dev.quench.pipeline.PipelineException if the state is of another search
  /// @throws dev.quench.run.BackendException if a backend refuses a model
  /// @throws IOException if samples or the state cannot be read, or the state not be written
  public SearchOutcome run(
      PruningSpace space, Map<String, Shape> shapes, Dataset data, List<Batch> judges)
      throws IOException {
    SearchState measured =
        SearchState.open(
            state,
            SearchIdentity.of(
                space,
                backend,
                shapes,
                "%s, %d batches, %s"
                    .formatted(
                        data.digest(), judges.size(), metric.map(Metric::name).orElse("fidelity"))),
            space);
    LossMeasure losses = measure(space.original(), judges);
    WidthJudge judge = new WidthJudge(space, losses, measured);
    LatencyMeasurement clock = new LatencyMeasurement(space, backend, shapes);
    WidthCost cost = WidthCost.of(target, space, measured, clock, listener.progress());
    PlannedSearch search =
        new PlannedSearch(space, judge, measured, metric.isPresent(), cost, evaluations, listener);
    return search.run(method, target, clock, seed);
  }

  /// What a model loses against its original, as the search measures it.
  public WidthLoss loss(Model original, Model pruned, List<Batch> judges) {
    return measure(original, judges).of(pruned);
  }

  private LossMeasure measure(Model original, List<Batch> judges) {
    return new LossMeasure(Backends.named("onnxruntime"), original, judges, metric);
  }

  /// Static shapes of all inputs of one timed call.
  ///
  /// @param given by input, where the user says so
  /// @param samples of the call, where their number is free
  public static Map<String, Shape> shapes(
      PruningSpace space, Map<String, Shape> given, int samples) {
    return SettledInputs.of(space.original(), given, samples).shapes();
  }
}
