// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.graph.pattern.NodeNames;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.NothingToQuantize;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.Samples;
import dev.quench.pipeline.Steps;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.calibrate.CalibrationSettings;
import dev.quench.pipeline.heldback.HeldBack;
import dev.quench.pipeline.quantize.UncalibratedStamp;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.tune.plan.NodeChoices;
import dev.quench.pipeline.tune.plan.OnnxRuntimeTuning;
import dev.quench.pipeline.tune.plan.Plan;
import dev.quench.pipeline.tune.plan.TuningSpace;
import dev.quench.pipeline.tune.plan.TuningTarget;
import dev.quench.report.Environment;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Finds what of a model to quantize, and how, for the least time on one runtime within a bound on
/// the loss: splits it into regions, measures plans for them, keeps what is at least 2 % faster
/// than the best so far. Where nothing pays the model stays float.
///
/// Without a table the last samples of the data are held back from calibration, and the variants
/// are judged on them; with a table they are judged on samples of all data, which should not be
/// those that the table was made of. Set it up and run it in one thread.
public final class TuningRecipe {
  /// Quantized models to measure, unless another number is wanted.
  public static final int USUAL_BUDGET = 60;

  /// Samples that they are judged on, unless another number is wanted.
  public static final int USUAL_SAMPLES = 200;

  private final Model model;
  private final Dataset data;
  private TuningTarget target = new OnnxRuntimeTuning();
  private CalibrationSettings settings = CalibrationSettings.DEFAULT;
  private Optional<CalibrationTable> table = Optional.empty();
  private Optional<Metric> metric = Optional.empty();
  private Optional<Path> state = Optional.empty();
  private NodeSelection excluded = NodeSelection.NONE;
  private LossBound bound = LossBound.USUAL;
  private int budget = USUAL_BUDGET;
  private int samples = USUAL_SAMPLES;
  private RecipeListener listener = RecipeListener.SILENT;

  private TuningRecipe(Model model, Dataset data) {
    this.model = model;
    this.data = data;
  }

  /// @param model as it was read; prepared and quantized in place
  /// @param data that ranges are found on, unless there is a table, and variants are judged on
  public static TuningRecipe of(Model model, Dataset data) {
    return new TuningRecipe(model, data);
  }

  /// Whose form is sought, and where it is measured; ONNX Runtime unless set.
  public TuningRecipe target(TuningTarget chosen) {
    target = chosen;
    return this;
  }

  /// Takes the ranges from a table.
  public TuningRecipe ranges(CalibrationTable chosen) {
    table = Optional.of(chosen);
    return this;
  }

  /// How ranges are found where there is no table.
  public TuningRecipe settings(CalibrationSettings chosen) {
    settings = chosen;
    return this;
  }

  /// What the samples are scored by, besides their fidelity to FP32.
  public TuningRecipe metric(Metric chosen) {
    metric = Optional.of(chosen);
    return this;
  }

  /// What may be lost; [LossBound#USUAL] unless set.
  public TuningRecipe bound(LossBound chosen) {
    bound = chosen;
    return this;
  }

  /// Keeps what was measured in a file, and goes on from it where it exists.
  public TuningRecipe state(Path chosen) {
    state = Optional.of(chosen);
    return this;
  }

  /// How many different quantized models are measured at most; [#USUAL_BUDGET] unless set.
  ///
  /// @throws IllegalArgumentException if it is less than 1
  public TuningRecipe budget(int chosen) {
    budget = atLeastOne("budget", chosen);
    return this;
  }

  /// How many samples the variants are judged on at most; [#USUAL_SAMPLES] unless set.
  ///
  /// @throws IllegalArgumentException if it is less than 1
  public TuningRecipe samples(int chosen) {
    samples = atLeastOne("samples", chosen);
    return this;
  }

  /// Nodes to leave float.
  public TuningRecipe excluding(NodeSelection chosen) {
    excluded = chosen;
    return this;
  }

  /// Hears what is done.
  public TuningRecipe listener(RecipeListener chosen) {
    listener = chosen;
    return this;
  }

  private static int atLeastOne(String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(what + " must be 1 or more, got " + number);
    }
    return number;
  }

  /// Tunes.
  ///
  /// @throws PipelineException if the target cannot run here or takes no quantized model, the data
  ///   are too few, or the state is of another model, table, target, backend or other data
  /// @throws dev.quench.QuenchException if model, data and ranges do not fit, or nothing can be
  ///   quantized
  /// @throws IOException if a file cannot be read or written
  public TuningResult run() throws IOException {
    Steps steps = new Steps(listener);
    Backend backend = target.backend(state);
    String version = version(backend);
    PreparedModel prepared = PreparedModel.of(model);
    prepared.tell(listener);
    List<Node> floats = model.graph().nodes().stream().filter(excluded::contains).toList();
    NodeNames.makeDistinct(model.graph());
    List<String> patterns =
        floats.stream().map(node -> NodeSelection.patternOf(node.name())).toList();
    TuningSpace space = TuningSpace.of(model, target, NodeSelection.of(patterns));
    steps.done(
        "prepared %d nodes: %d regions of %d patterns",
        model.graph().nodes().size(),
        space.patterns().stream().mapToInt(pattern -> pattern.regions().size()).sum(),
        space.patterns().size());
    CalibrationTable ranges;
    List<Batch> held;
    if (table.isPresent()) {
      ranges = prepared.ranges(table.get());
      held = judges(ranges);
    } else {
      HeldBack split = HeldBack.of(data, model, samples);
      ranges =
          CalibrationRecipe.of(prepared, split.calibration())
              .settings(settings)
              .listener(listener)
              .run()
              .table();
      held = split.batches();
      steps.done("calibrated %d tensors by %s", ranges.entries().size(), ranges.header().method());
    }
    QuantizationReport whole =
        target.insert(ranges, NodeChoices.without(space.excluded()), model.copy());
    if (whole.layers().isEmpty()) {
      throw NothingToQuantize.because(whole);
    }
    TuningOutcome outcome;
    try (BackendMeasurer measurer =
        new BackendMeasurer(model, space, ranges, held, metric, backend)) {
      outcome =
          new TuningSearch(
                  space, kept(measurer, space, ranges, version), bound, budget, listener.progress())
              .run();
    }
    steps.done("measured %d plans", outcome.points().size());
    return result(space, ranges, outcome);
  }

  /// Samples of all data, for ranges that were not found here.
  private List<Batch> judges(CalibrationTable ranges) throws IOException {
    if (ranges.header().data().stream().anyMatch(used -> used.digest().equals(data.digest()))) {
      listener.note(
          "note: the table was made from these data; what is lost shows better on samples that it has not seen");
    }
    int size = ModelInputs.of(model).batchSize(data.axes(), 1);
    List<Batch> judges = Samples.batches(data, model, Math.max(1, samples / size));
    if (judges.isEmpty()) {
      throw new PipelineException(
          "%s has %d samples; expected at least %d, a batch of the model"
              .formatted(data.description(), data.size(), size));
    }
    return judges;
  }

  private String version(Backend backend) {
    return switch (backend.availability()) {
      case Availability.Available(String description) ->
          description + ", " + Environment.processor();
      case Availability.Unavailable(String reason, String remedy) ->
          throw new PipelineException(
              "a model cannot be tuned for %s here: %s; %s"
                  .formatted(target.name(), reason, remedy));
    };
  }

  private PlanMeasurer kept(
      BackendMeasurer measurer, TuningSpace space, CalibrationTable ranges, String version)
      throws IOException {
    if (state.isEmpty()) {
      return measurer;
    }
    TuningIdentity identity =
        TuningIdentity.of(model, ranges, space, version, data, samples, metric);
    if (Files.exists(state.get())) {
      listener.note("going on from " + state.get());
    }
    TuningState known = TuningState.open(state.get(), identity, space);
    for (TuningPoint point : known.points()) {
      if (point instanceof TuningPoint.Measured measured) {
        measurer.know(measured);
      }
    }
    return new RecordedMeasurer(measurer, known);
  }

  private TuningResult result(TuningSpace space, CalibrationTable ranges, TuningOutcome outcome) {
    if (outcome.measured().isEmpty()) {
      throw new PipelineException(outcome.whyFloat());
    }
    Model exact = model.copy();
    Optional<Model> closest = Optional.empty();
    if (!outcome.isBoundReached()) {
      closest =
          outcome
              .closest()
              .filter(TuningPoint.Measured::isFaster)
              .map(point -> {
                Model quantized = model.copy();
                insert(space, ranges, point.plan(), quantized);
                return quantized;
              });
    }
    Optional<QuantizationReport> report =
        outcome.best().map(best -> insert(space, ranges, best.plan(), model));
    if (outcome.best().isPresent() && !ModelDigest.of(model).equals(outcome.best().get().form())) {
      throw new PipelineException(
          "%s was measured by another version of Quench; delete it to begin again"
              .formatted(state.<Object>map(file -> file).orElse("the plan")));
    }
    return new TuningResult(exact, model, report, closest, ranges, outcome);
  }

  private QuantizationReport insert(
      TuningSpace space, CalibrationTable ranges, Plan plan, Model into) {
    QuantizationReport report = target.insert(ranges, space.choices(plan), into);
    UncalibratedStamp.put(into, ranges);
    return report;
  }
}
