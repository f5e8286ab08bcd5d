// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.data.AtomicFile;
import dev.quench.data.Dataset;
import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.eval.EvaluationReport;
import dev.quench.eval.TopK;
import dev.quench.run.Availability.Available;
import dev.quench.run.Backend;
import dev.quench.run.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Evaluates models side by side.
@Command(
    name = "eval",
    header = "Evaluates models on backends side by side.",
    descriptionHeading = "%n",
    description = {
      "Evaluates models on backends side by side: accuracy, size, latency percentiles of one sample, throughput.",
      "Changes refer to the first result. A backend that is not there is listed with the reason, never replaced."
    },
    parameterListHeading = "%n",
    optionListHeading = "%n",
    footerHeading = "%nExample:%n",
    footer = {
      "  quench eval model.onnx model.int8.onnx --data idx:validation \\",
      "      --backend onnxruntime,tensorrt --max-drop 0.5 --report report.html"
    })
final class EvalCommand extends QuenchCommand {
  private static final int BATCH = 64;

  @Parameters(
      paramLabel = "MODEL",
      arity = "1..*",
      description = "ONNX files; the first is the reference.")
  private List<Path> models;

  @Mixin private DataOptions data;

  @Option(
      names = "--backend",
      paramLabel = "B[,B...]",
      split = ",",
      defaultValue = "auto",
      description = "Any of onnxruntime, tensorrt, auto; default ${DEFAULT-VALUE}.")
  private List<String> backends;

  @Option(
      names = "--precision",
      paramLabel = "P[,P...]",
      split = ",",
      description =
          "Arithmetic that TensorRT may use for models without quantization: ${COMPLETION-CANDIDATES}; default FP32.")
  private List<Precision> precisions = List.of();

  @Option(
      names = "--metric",
      paramLabel = "M",
      defaultValue = "top-k",
      description =
          "top-k (top-1 and top-5), or none for data without labels; default ${DEFAULT-VALUE}.")
  private String metric;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description =
          "Samples a call for accuracy and throughput; default 64, or what the models fix.")
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
      names = "--min-top1",
      paramLabel = "SHARE",
      converter = ShareConverter.class,
      description = "Exit with 3 when a top-1 is below this: a fraction such as 0.93, or 93%%.")
  private @Nullable Double minTop1;

  @Option(
      names = "--max-drop",
      paramLabel = "POINTS",
      description =
          "Exit with 3 when a top-1 is more than this many points (hundredths) below that of the first result.")
  private @Nullable Double maxDrop;

  @Override
  void execute() throws IOException {
    checkOptions();
    OutputFile.check(report);
    List<Backend> chosen = chosenBackends();
    List<ModelFile> files = new ArrayList<>();
    for (Path model : models) {
      ModelFile file = ModelFile.read(model);
      if (UncalibratedStamp.isOn(file.model())) {
        note("warning: " + model + " is UNCALIBRATED: its ranges were found on random data");
      }
      files.add(file);
    }
    ModelFile first = files.getFirst();
    Dataset dataset = data.open(first.model(), false, this);
    for (ModelFile file : files.subList(1, files.size())) {
      InputFit.check(dataset, file.model());
    }
    Evaluation evaluation =
        Evaluation.on(dataset)
            .batchSize(batchSize == null ? BatchSize.suited(first.inputs(), BATCH) : batchSize)
            .progress(progress());
    if (threads != null) {
      evaluation.threads(threads);
    }
    if (metric.equals("top-k")) {
      evaluation.metric(new TopK());
    }
    for (ModelFile file : files) {
      for (Backend backend : chosen) {
        for (Precision precision : precisionsOf(file, backend)) {
          evaluation.add(
              new Candidate(file.name(), file.model(), backend, precision, file.sizeBytes()));
        }
      }
    }
    EvaluationReport result = evaluation.run();
    print(result);
    new Bounds(minTop1, maxDrop).check(result);
  }

  private void print(EvaluationReport result) throws IOException {
    say("on " + result.data());
    say(result.toTable());
    result.skipped().forEach(notice -> note("not run: " + notice));
    report(Json.parse(result.toJson()));
    if (report != null) {
      AtomicFile.writeString(report, result.toHtml("Evaluation on " + result.data()));
      note("report: " + report);
    }
  }

  private void checkOptions() {
    if (!Set.of("top-k", "none").contains(metric)) {
      throw wrongUsage("there is no metric '" + metric + "'; there are top-k, none");
    }
    if (metric.equals("none") && (minTop1 != null || maxDrop != null)) {
      throw wrongUsage("--min-top1 and --max-drop need --metric top-k");
    }
    if ((batchSize != null && batchSize < 1) || (threads != null && threads < 1)) {
      throw wrongUsage("--batch-size and --threads must be 1 or more");
    }
    if (maxDrop != null && !(maxDrop >= 0)) {
      throw wrongUsage("--max-drop must be 0 or more points, got " + maxDrop);
    }
  }

  private List<Backend> chosenBackends() {
    Set<Backend> chosen = new LinkedHashSet<>();
    for (String name : backends) {
      chosen.add(
          name.equals("auto")
              ? BackendOption.available(name, this)
              : BackendOption.named(name, this));
    }
    if (chosen.stream().noneMatch(backend -> backend.availability() instanceof Available)) {
      BackendOption.available(chosen.iterator().next().name(), this);
    }
    return List.copyOf(chosen);
  }

  /// ONNX Runtime runs a model as it is; only TensorRT chooses.
  private List<Precision> precisionsOf(ModelFile file, Backend backend) {
    return precisions.isEmpty()
            || file.precision() == Precision.INT8
            || !backend.name().equals("tensorrt")
        ? List.of(file.precision())
        : precisions;
  }
}
