// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.cluster.ClusterOptions;
import dev.quench.cli.cluster.RemoteData;
import dev.quench.cli.cluster.RemoteMetric;
import dev.quench.cli.converter.ShareConverter;
import dev.quench.cli.engine.EngineCacheOptions;
import dev.quench.cli.engine.EngineOptions;
import dev.quench.cli.option.BackendOption;
import dev.quench.cli.option.Bounds;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.InputFit;
import dev.quench.cli.option.MetricOptions;
import dev.quench.cli.option.ModelClassNames;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.ModelNames;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.cli.output.VectorKernels;
import dev.quench.compress.quantize.onnxruntime.InsertDynamicQuantization;
import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.eval.cluster.Cluster;
import dev.quench.eval.cluster.ClusterEvaluation;
import dev.quench.io.AtomicFile;
import dev.quench.metric.CombinedMetric;
import dev.quench.metric.fidelity.Reference;
import dev.quench.metric.segmentation.MultiScale;
import dev.quench.metric.segmentation.MultiScaleBackend;
import dev.quench.metric.segmentation.OverlayWriter;
import dev.quench.metric.segmentation.SegmentationOverlay;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import dev.quench.report.EvaluationReport;
import dev.quench.report.RangeHistograms;
import dev.quench.report.ReportSection;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Metric;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import dev.quench.trt.execute.EngineBackend;
import dev.quench.trt.plan.EngineManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Evaluates models side by side.
@VectorKernels
@Command(
    name = "eval",
    header = "Evaluates models on backends side by side.",
    description = {
      "Evaluates models on backends side by side: accuracy, size, latency percentiles of one sample, throughput.",
      "Changes are relative to the first result. An unavailable backend is listed with the reason, never replaced."
    },
    footer = {
      "  quench eval model.onnx model.int8.onnx --data idx:validation \\",
      "      --backend onnxruntime,tensorrt --max-drop 0.5 --report report.html"
    })
public final class EvalCommand extends QuenchCommand {
  private static final int BATCH = 64;
  private static final int MAX_OVERLAYS = 20;

  @Parameters(
      paramLabel = "MODEL",
      arity = "1..*",
      description = "ONNX files and TensorRT engines; the first is the reference.")
  private List<Path> models;

  @Mixin private EngineOptions engines;

  @Mixin private EngineCacheOptions engineCache;

  @Mixin private DataOptions data;

  @Option(
      names = "--backend",
      paramLabel = "B[,B...]",
      split = ",",
      defaultValue = "auto",
      description = "Any of onnxruntime, xnor, tensorrt, auto; default ${DEFAULT-VALUE}.")
  private List<String> backends;

  @Option(
      names = "--precision",
      paramLabel = "P[,P...]",
      split = ",",
      description =
          "Arithmetic that TensorRT may use for models without quantization: ${COMPLETION-CANDIDATES}; default FP32.")
  private List<Precision> precisions = List.of();

  @Mixin private MetricOptions metric;

  @Mixin private ClusterOptions cluster;

  @Option(
      names = "--multi-scale",
      description =
          "For segmentation: evaluate each image at six scales from 0.5 to 1.75, and mirrored; needs free height and width.")
  private boolean multiScale;

  @Option(
      names = "--overlays",
      paramLabel = "DIR",
      description = "For segmentation: write the predicted masks over the first images, as PNG.")
  private @Nullable Path overlays;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Batch size for accuracy and throughput; default 64, or the models' own.")
  private @Nullable Integer batchSize;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "CPU threads for one call; default: up to two.")
  private @Nullable Integer threads;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Also write the report as one HTML page with plots.")
  private @Nullable Path report;

  @Option(
      names = "--table",
      paramLabel = "FILE",
      description =
          "For --report: calibration table whose histograms, kept beside it, the page shows.")
  private @Nullable Path table;

  private @Nullable RangeHistograms ranges;

  @Option(
      names = {"--min-score", "--min-top1"},
      paramLabel = "SHARE",
      converter = ShareConverter.class,
      description =
          "Exit with 3 when the first score (top-1 for top-k) is below this: a fraction such as 0.93, or 93%%.")
  private @Nullable Double minScore;

  @Option(
      names = "--max-drop",
      paramLabel = "POINTS",
      description =
          "Exit with 3 when the first score is more than this many points (hundredths) below that of the first result.")
  private @Nullable Double maxDrop;

  @Override
  public void execute() throws IOException {
    checkOptions();
    cluster.check(this);
    checkOutputs(report);
    if (overlays != null && inputs(List.of(overlays)).meet(overlays)) {
      throw wrongUsage("--overlays " + overlays + " holds inputs; name another folder");
    }
    BackendOption.check(backends, this);
    try (EvaluatedModels read = EvaluatedModels.read(models, engines, this)) {
      evaluate(read.entries());
    }
  }

  private void evaluate(List<EvaluatedModels.Entry> entries) throws IOException {
    ModelFile first = entries.getFirst().file();
    // Only a model says how its inputs were made; an engine has its shapes alone.
    ModelFile described =
        entries.stream()
            .filter(entry -> entry.engine().isEmpty())
            .findFirst()
            .orElse(entries.getFirst())
            .file();
    if (entries.stream().allMatch(entry -> entry.engine().isPresent())) {
      note(
          "warning: an engine does not say how pixels become its inputs; give --preprocess, or --mean, --std and --scale");
    }
    Dataset dataset = data.open(described.model(), false, this);
    ranges = table == null ? null : RangeHistograms.of(CalibrationFiles.read(table));
    int fixed = new ModelInputs(first.inputs()).batchSize(dataset.axes(), 1);
    if (dataset.size() % fixed != 0) {
      throw new CommandException(
          "the model takes batches of %d, and %d samples do not fill the last; use --samples %d or make the batch free"
              .formatted(fixed, dataset.size(), dataset.size() / fixed * fixed));
    }
    for (EvaluatedModels.Entry entry : entries.subList(1, entries.size())) {
      InputFit.check(dataset, entry.file().model());
    }
    for (EvaluatedModels.Entry entry : entries) {
      if (entry.engine().isEmpty()) {
        data.noteOtherPixels(described, entry.file(), this);
      }
    }
    List<Candidate> candidates = candidates(entries);
    if (overlays != null && candidates.size() > 1) {
      throw wrongUsage("--overlays shows one model on one backend, not " + candidates.size());
    }
    if (metric.needsReference() && entries.getFirst().engine().isPresent()) {
      throw wrongUsage("this --metric compares with the first model, which must be an ONNX file");
    }
    Evaluation evaluation =
        Evaluation.on(dataset)
            .batchSize(accuracyBatch(candidates, first, dataset))
            .progress(progress());
    if (threads != null) {
      evaluation.threads(threads);
    }
    candidates.forEach(evaluation::add);
    EvaluationReport result =
        cluster.isGiven()
            ? onCluster(candidates, first, described, dataset)
            : measured(evaluation, first, dataset);
    print(result, candidates, dataset);
    if ((minScore != null || maxDrop != null) && !result.skipped().isEmpty()) {
      throw new CheckFailedException(
          "the bounds cover results that did not run: " + result.skipped().getFirst());
    }
    new Bounds(minScore, maxDrop).check(result);
  }

  private List<Candidate> candidates(List<EvaluatedModels.Entry> entries) throws IOException {
    BackendChoice choice = new BackendChoice(backends, precisions, engineCache, cluster.isGiven());
    List<Candidate> candidates = new ArrayList<>();
    for (EvaluatedModels.Entry entry : entries) {
      if (entry.engine().isPresent()) {
        EngineBackend engine = entry.engine().get();
        Precision built =
            engine.engine().manifest().map(EngineManifest::precision).orElse(Precision.FP32);
        candidates.add(candidate(entry, engine, built));
        continue;
      }
      for (Backend backend : choice.backends(entry.file(), this)) {
        for (Precision precision : choice.precisions(entry.file(), backend)) {
          candidates.add(candidate(entry, backend, precision));
        }
      }
    }
    return candidates;
  }

  private Candidate candidate(EvaluatedModels.Entry entry, Backend backend, Precision precision) {
    ModelFile file = entry.file();
    detail("evaluates %s on %s in %s".formatted(file.path(), backend.name(), precision));
    return new Candidate(
        entry.name(),
        file.model(),
        multiScale ? new MultiScaleBackend(backend, MultiScale.STANDARD) : backend,
        precision,
        file.sizeBytes());
  }

  private EvaluationReport measured(Evaluation evaluation, ModelFile first, Dataset dataset)
      throws IOException {
    if (!metric.needsReference()) {
      return judgedBy(evaluation, metric.metric(first.model(), Optional.empty()), dataset).run();
    }
    try (Session session =
        Backends.named("onnxruntime")
            .open(first.model(), SessionOptions.DEFAULT.withOptimization(false))) {
      return judgedBy(
              evaluation.fidelity(true),
              metric.metric(first.model(), Optional.of(Reference.running(session))),
              dataset)
          .run();
    }
  }

  private EvaluationReport onCluster(
      List<Candidate> candidates, ModelFile first, ModelFile described, Dataset dataset)
      throws IOException {
    if (candidates.stream().anyMatch(each -> each.backend() instanceof EngineBackend)) {
      throw wrongUsage("--spark takes ONNX files; executors would each have to load an engine");
    }
    cluster.refuseExisting(Stream.ofNullable(report));
    if (engineCache.isUndecided()
        && cluster.hasExecutors()
        && candidates.stream().anyMatch(each -> each.backend().usesGpu())) {
      note(
          "each executor builds its own engine, and engines may differ in their last bits; give --engine-cache a folder that all share");
    }
    try (Cluster connected = cluster.connect()) {
      return connected.evaluate(
          new ClusterEvaluation(
              candidates,
              RemoteData.of(this, described.model(), false),
              RemoteMetric.of(this, first.model()),
              metric.needsReference() ? Optional.of(first.model()) : Optional.empty(),
              accuracyBatch(candidates, first, dataset),
              engineCache.shared(),
              progress()));
    }
  }

  private int accuracyBatch(List<Candidate> candidates, ModelFile first, Dataset dataset) {
    return batchSize == null
        ? new ModelInputs(first.inputs())
            .batchSize(dataset.axes(), dependsOnBatch(candidates) ? 1 : BATCH)
        : batchSize;
  }

  private Evaluation judgedBy(Evaluation evaluation, Optional<Metric> chosen, Dataset dataset) {
    List<Metric> metrics = new ArrayList<>(chosen.stream().toList());
    if (overlays != null) {
      metrics.add(
          new OverlayWriter(
              overlays,
              new SegmentationOverlay(dataset.classNames()),
              MAX_OVERLAYS,
              Optional.empty()));
    }
    if (!metrics.isEmpty()) {
      evaluation.metric(metrics.size() == 1 ? metrics.getFirst() : new CombinedMetric(metrics));
    }
    return evaluation;
  }

  private void print(EvaluationReport result, List<Candidate> candidates, Dataset dataset)
      throws IOException {
    say("on " + result.data());
    say(result.toTable());
    result.results().stream()
        .filter(each -> !each.optimizedScores().isEmpty())
        .forEach(each ->
            say(
                "%s on %s, optimized as applications run it: %s"
                    .formatted(
                        each.model(),
                        each.backend(),
                        each.optimizedScores().entrySet().stream()
                            .map(score -> Text.format("%s %.6g", score.getKey(), score.getValue()))
                            .collect(Collectors.joining(", ")))));
    result.skipped().forEach(notice -> note("not run: " + notice));
    report(Json.parse(result.toJson()));
    if (report != null) {
      AtomicFile.writeString(
          report,
          result.toHtml(
              "Evaluation of "
                  + ModelNames.listed(
                      result.results().stream().map(each -> each.model()).distinct().toList()),
              new Bounds(minScore, maxDrop).verdict(result),
              ModelClassNames.of(candidates.getFirst().model(), dataset),
              new EvaluationSections(result, candidates, dataset)
                  .all(Optional.ofNullable(ranges), this)
                  .toArray(ReportSection[]::new)));
      note("report: " + report);
    }
  }

  private static boolean dependsOnBatch(List<Candidate> candidates) {
    return candidates.stream()
        .anyMatch(candidate -> InsertDynamicQuantization.isStamped(candidate.model()));
  }

  private void checkOptions() {
    metric.check(this);
    engineCache.check(this);
    if (metric.isNone() && (minScore != null || maxDrop != null)) {
      throw wrongUsage("--min-score and --max-drop need a metric");
    }
    if (cluster.isGiven() && (metric.isNone() || multiScale || overlays != null)) {
      throw wrongUsage(
          "--spark needs a metric, as it measures no times, and excludes --multi-scale and --overlays");
    }
    if (table != null && report == null) {
      throw wrongUsage("--table requires --report");
    }
    if ((batchSize != null && batchSize < 1) || (threads != null && threads < 1)) {
      throw wrongUsage("--batch-size and --threads must be 1 or more");
    }
    if (maxDrop != null && !(maxDrop >= 0)) {
      throw wrongUsage("--max-drop must be 0 or more points, got " + maxDrop);
    }
  }
}
