// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.cluster.ClusterOptions;
import dev.quench.cli.cluster.RemoteData;
import dev.quench.cli.converter.ShardConverter;
import dev.quench.cli.option.CalibrationFileOptions;
import dev.quench.cli.option.CalibrationOptions;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.MetricOptions;
import dev.quench.cli.output.CalibrationText;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.eval.cluster.Cluster;
import dev.quench.eval.cluster.ClusterCalibration;
import dev.quench.graph.Model;
import dev.quench.io.AtomicFile;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.calibrate.CalibrationResult;
import dev.quench.pipeline.calibrate.RangeMeasurement;
import dev.quench.pipeline.calibrate.Shard;
import dev.quench.pipeline.heldback.HeldBack;
import dev.quench.pipeline.heldback.MethodChoice;
import dev.quench.report.CalibrationPage;
import dev.quench.report.Environment;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Finds the INT8 ranges of a model's tensors, once.
@Command(
    name = "calibrate",
    header = "Finds INT8 ranges once; writes table and TensorRT cache.",
    description = {
      "Finds the INT8 ranges of the tensors that quantization needs, on data, without a GPU; the model is fused first.",
      "Reuses a table made from the same model, data and method without computing anything. An interrupted run resumes "
          + "where it stopped. 'quench table' merges, compares and re-estimates tables."
    },
    footer = {
      "  quench calibrate model.onnx --data npy:image=calibration.npy --method entropy \\",
      "      --table calibration.json --cache calibration.cache"
    })
public final class CalibrateCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Mixin private FeedableInitializers initializers;

  @Mixin private DataOptions data;

  @Mixin private CalibrationOptions calibration;

  @Mixin private CalibrationFileOptions output;

  @Option(
      names = "--all-tensors",
      description =
          "Find the range of every activation of the unfused model, which export --precision fp16 needs; quantize takes no such table.")
  private boolean allTensors;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      converter = ShardConverter.class,
      description =
          "Calibrate on the I-th of N parts of the data; merging all tables gives that of one run. Implies --histograms.")
  private @Nullable Shard shard;

  @Option(
      names = "--choose-by-score",
      description =
          "Try all methods on the same histograms and keep the one with which the quantized model scores best on --data by --metric. "
              + "With --metric fidelity, which needs no labels, the last samples, up to 200 and at most a quarter, are held back from "
              + "calibration to judge on; with --shard too, and table merge --choose-by-score then chooses.")
  private boolean chooseByScore;

  @Mixin private MetricOptions metric;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Also write a page: the ranges, what they clip, and with --histograms the values of each tensor.")
  private @Nullable Path report;

  @Mixin private ClusterOptions cluster;

  @Override
  public void execute() throws IOException {
    metric.check(this);
    boolean byFidelity = chooseByScore && metric.isFidelity();
    if (chooseByScore && !byFidelity && (metric.isNone() || metric.needsReference())) {
      throw wrongUsage("--choose-by-score needs --metric fidelity, or one that uses labels");
    }
    if (chooseByScore && !byFidelity && shard != null) {
      throw wrongUsage(
          "--choose-by-score by labels needs all of the data, not a shard; give --metric fidelity");
    }
    if (allTensors && (chooseByScore || output.hasCache())) {
      throw wrongUsage(
          "--all-tensors excludes --choose-by-score and --cache, which are for quantization");
    }
    cluster.check(this);
    if (cluster.isGiven() && (shard != null || chooseByScore)) {
      throw wrongUsage(
          "--spark excludes --shard, which it does by itself, and --choose-by-score; try the methods by table reestimate");
    }
    CalibrationFiles files = output.files(shard != null, this);
    checkOutputs(report);
    cluster.refuseExisting(Stream.concat(files.cache().stream(), Stream.ofNullable(report)));
    Model read = initializers.read(model, this).model();
    Dataset dataset = data.open(read, true, this);
    CalibrationRecipe recipe =
        (allTensors
                ? CalibrationRecipe.ofAllTensors(read, dataset)
                : byFidelity
                    ? choosing(PreparedModel.of(read), dataset)
                    : CalibrationRecipe.of(PreparedModel.of(read), dataset))
            .settings(calibration.settings(this))
            .shard(shard == null ? Shard.WHOLE : shard)
            .writing(files)
            .listener(listener());
    if (chooseByScore && !byFidelity) {
      recipe.scoredBy(metric.metric(read, Optional.empty()).orElseThrow());
    }
    if (cluster.isGiven()) {
      recipe.measuredBy(onCluster(RemoteData.of(this, read, true), dataset.axes(), files));
    }
    CalibrationResult found = recipe.run();
    if (found.reused() && cluster.hasProvenance()) {
      note("the table was reused without a job; --provenance writes nothing");
    }
    found.selection().ifPresent(selection -> selection.toString().lines().forEach(this::say));
    CalibrationText.print(found.table(), found.reused(), files, this);
    if (report != null) {
      String title = "Calibration of " + Text.stem(model);
      AtomicFile.writeString(
          report, new CalibrationPage(title, found.table(), Environment.current()).toHtml());
      note("report: " + report);
    }
  }

  private RangeMeasurement onCluster(RemoteData shared, BatchAxes axes, CalibrationFiles files) {
    return (prepared, tensors, settings, preprocessing, progress) -> {
      // Runs only if the recipe cannot reuse the existing table.
      cluster.refuseExisting(
          files.table().stream()
              .flatMap(table -> Stream.of(table, CalibrationFiles.histogramsOf(table))));
      try (Cluster connected = cluster.connect()) {
        return connected.calibrate(
            new ClusterCalibration(
                prepared,
                tensors,
                shared,
                settings.method(),
                settings.batchSizeFor(prepared, axes),
                settings.acceptNonFinite(),
                preprocessing,
                progress));
      }
    };
  }

  /// Of a shard, the method is chosen when all have been merged.
  private CalibrationRecipe choosing(PreparedModel prepared, Dataset dataset) throws IOException {
    HeldBack held = HeldBack.of(dataset, prepared.model());
    CalibrationRecipe recipe = CalibrationRecipe.of(prepared, held.calibration());
    if (shard == null) {
      return recipe.scoredBy(MethodChoice.score(prepared, held));
    }
    note(
        "held back the last %d samples; choose the method by quench table merge --choose-by-score"
            .formatted(held.samples()));
    return recipe;
  }
}
