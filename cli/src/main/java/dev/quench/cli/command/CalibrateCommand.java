// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.Calibrator;
import dev.quench.calibration.MethodSelection;
import dev.quench.calibration.OutlierRemarks;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TableDiff;
import dev.quench.calibration.table.TensorRange;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.cli.converter.Shard;
import dev.quench.cli.option.BatchSize;
import dev.quench.cli.option.CalibrationOptions;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.MetricOptions;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.option.NothingToQuantize;
import dev.quench.cli.option.Preparation;
import dev.quench.cli.output.CheckFailedException;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.report.MetricScore;
import dev.quench.run.Backends;
import dev.quench.run.CalibrationException;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/// Finds the INT8 ranges of a model's tensors, once.
@Command(
    name = "calibrate",
    header = "Finds INT8 ranges once; writes table and TensorRT cache.",
    descriptionHeading = "%n",
    description = {
      "Finds the INT8 ranges of the tensors that quantization needs, on data, without a GPU; the model is fused first.",
      "A table that is there already and was made from the same model, data and method is kept; nothing is computed then.",
      "An interrupted run goes on where it was. With --merge, joins tables of parts of the data; all but minmax need the "
          + "histograms beside them (--histograms). With --diff, compares two tables; "
          + "with --reestimate, another method chooses from histograms that are there."
    },
    parameterListHeading = "%n",
    optionListHeading = "%n",
    footerHeading = "%nExample:%n",
    footer = {
      "  quench calibrate model.onnx --data npy:image=calibration.npy --method entropy \\",
      "      --table calibration.json --cache calibration.cache",
      "  quench calibrate --merge part1.json part2.json --table all.json"
    })
public final class CalibrateCommand extends QuenchCommand {
  private static final int SCORE_BATCH = 64;

  @Parameters(paramLabel = "MODEL", arity = "0..1", description = "ONNX file; none with --merge.")
  private @Nullable Path model;

  @Mixin private FeedableInitializers initializers;

  @Mixin private DataOptions data;

  @Mixin private CalibrationOptions calibration;

  @Option(
      names = "--table",
      paramLabel = "FILE",
      description = "Where the table goes (JSON), with the hashes of model and data.")
  private @Nullable Path table;

  @Option(
      names = "--histograms",
      description = "Also write the histograms beside the table, for a later --merge.")
  private boolean histograms;

  @Option(
      names = "--all-tensors",
      description =
          "Find the range of every activation of the model as it is, not fused: what export --precision fp16 needs. Such a table is not for quantize.")
  private boolean allTensors;

  @Option(
      names = "--cache",
      paramLabel = "FILE",
      description = "Also write the text cache that TensorRT up to version 10 reads.")
  private @Nullable Path cache;

  @Option(
      names = "--tensorrt-version",
      paramLabel = "V",
      converter = VersionConverter.class,
      description = "Version in the cache's header, such as 10.3.0; default: that of the bindings.")
  private TensorRtVersion version = TensorRtVersion.BUNDLED;

  @Option(
      names = "--merge",
      paramLabel = "TABLE",
      arity = "2..*",
      description = "Tables to join; of one model and one method.")
  private List<Path> merge = List.of();

  @Option(
      names = "--diff",
      paramLabel = "TABLE",
      arity = "2",
      description = "Say what differs between two tables; exits with 3 when thresholds do.")
  private List<Path> diff = List.of();

  @Option(
      names = "--reestimate",
      paramLabel = "TABLE",
      description =
          "Find the ranges by another --method from the histograms kept beside this table; needs neither model nor data.")
  private @Nullable Path reestimate;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      converter = Shard.Converter.class,
      description =
          "Calibrate on the I-th of N parts of the data; merging the tables of all gives that of one run. Implies --histograms.")
  private @Nullable Shard shard;

  @Option(
      names = "--choose-by-score",
      description =
          "Try all methods on the same histograms and keep the one with which the quantized model scores best on --data by --metric.")
  private boolean chooseByScore;

  @Mixin private MetricOptions metric;

  @Override
  public void execute() throws IOException {
    if (!diff.isEmpty()) {
      compareTables();
      return;
    }
    metric.check(this);
    if (chooseByScore && (metric.isNone() || metric.needsReference() || shard != null)) {
      throw wrongUsage(
          "--choose-by-score needs a --metric that goes by labels, and all of the data, not a shard");
    }
    if (allTensors && (chooseByScore || cache != null)) {
      throw wrongUsage("--all-tensors is not for quantization: no --choose-by-score, no --cache");
    }
    histograms |= shard != null;
    if (table == null && cache == null) {
      throw wrongUsage("give --table, --cache or both, else the ranges are lost");
    }
    if (histograms && table == null) {
      throw wrongUsage("--histograms needs --table");
    }
    checkOutputs(
        table,
        cache,
        histograms && table != null ? HistogramsFile.of(table) : null,
        table == null ? null : checkpointOf(table));
    if (reestimate != null) {
      reestimate(reestimate);
    } else if (merge.isEmpty()) {
      calibrateOrReuse();
    } else {
      mergeTables();
    }
  }

  private void compareTables() throws IOException {
    if (model != null
        || data.isGiven()
        || !merge.isEmpty()
        || table != null
        || cache != null
        || shard != null
        || chooseByScore) {
      throw wrongUsage("--diff takes two tables only");
    }
    TableDiff found =
        TableDiff.of(CalibrationTable.read(diff.getFirst()), CalibrationTable.read(diff.getLast()));
    found.toString().lines().forEach(this::say);
    ObjectNode root = Json.object().put("equal", found.equal());
    ArrayNode changes = root.putArray("changes");
    found
        .changes()
        .forEach(change ->
            changes
                .addObject()
                .put("name", change.name())
                .put("first", change.first())
                .put("second", change.second())
                .put("ratio", change.ratio()));
    ArrayNode onlyInFirst = root.putArray("onlyInFirst");
    found.onlyInFirst().forEach(onlyInFirst::add);
    ArrayNode onlyInSecond = root.putArray("onlyInSecond");
    found.onlyInSecond().forEach(onlyInSecond::add);
    report(root);
    if (!found.isEmpty()) {
      throw new CheckFailedException("the tables differ");
    }
  }

  private void reestimate(Path source) throws IOException {
    if (model != null || data.isGiven() || !merge.isEmpty() || shard != null || chooseByScore) {
      throw wrongUsage(
          "--reestimate takes one table and a --method: no MODEL, --data, --merge, --shard or --choose-by-score");
    }
    finish(HistogramsFile.readTable(source).reestimated(calibration.method()), false);
  }

  private void mergeTables() throws IOException {
    if (model != null || data.isGiven() || shard != null || chooseByScore) {
      throw wrongUsage("--merge takes tables only: no MODEL, --data, --shard or --choose-by-score");
    }
    CalibrationTable merged = HistogramsFile.readTable(merge.getFirst());
    for (Path next : merge.subList(1, merge.size())) {
      merged = CalibrationTable.merge(merged, HistogramsFile.readTable(next));
    }
    finish(merged, false);
  }

  private void calibrateOrReuse() throws IOException {
    if (model == null) {
      throw wrongUsage("give a MODEL, or --merge with tables");
    }
    Model prepared = initializers.read(model, this).model();
    Dataset dataset = data.open(prepared, true, this);
    if (!allTensors) {
      Preparation.forQuantization(prepared);
    }
    Set<String> wanted = allTensors ? AllTensors.of(prepared) : QdqPlacement.tensors(prepared);
    if (!allTensors) {
      NothingToQuantize.check(prepared, wanted);
    }
    Shard part = shard == null ? Shard.WHOLE : shard;
    TableReuse reuse =
        new TableReuse(ModelDigest.of(prepared), wanted, calibration.method(), dataset, part);
    switch (table == null ? new TableReuse.Finding.None() : reuse.look(table)) {
      case TableReuse.Finding.Valid(CalibrationTable valid) when isComplete() && !chooseByScore -> {
        note(table + " is valid: same model, data and method; nothing to compute");
        finish(valid, true);
        return;
      }
      case TableReuse.Finding.Valid _ when !chooseByScore ->
          note("the histograms are missing; calibrating anew");
      case TableReuse.Finding.Valid _ -> {}
      case TableReuse.Finding.Other(String difference) ->
          note(table + " was made from " + difference + "; calibrating anew");
      case TableReuse.Finding.None() -> {}
    }
    Calibrator calibrator =
        calibration
            .calibrator(prepared, dataset, this, progress())
            .shard(part.index(), part.count());
    if (table == null) {
      CalibrationTable found = calibrator.calibrate(prepared, wanted, dataset);
      finish(chooseByScore ? chosen(prepared, found, dataset) : found, false);
      return;
    }
    Path checkpoint = checkpointOf(table);
    if (Files.exists(checkpoint)) {
      note("going on where the last run was interrupted: " + checkpoint);
    }
    CalibrationTable found = calibrator.checkpoint(checkpoint).calibrate(prepared, wanted, dataset);
    finish(chooseByScore ? chosen(prepared, found, dataset) : found, false);
    Files.deleteIfExists(checkpoint);
  }

  private static Path checkpointOf(Path table) {
    return table.resolveSibling(table.getFileName() + ".checkpoint");
  }

  private CalibrationTable chosen(Model prepared, CalibrationTable found, Dataset dataset)
      throws IOException {
    MetricScore score =
        new MetricScore(
            Backends.named("onnxruntime"),
            dataset,
            BatchSize.suited(ModelFile.inputs(prepared), dataset.axes(), SCORE_BATCH),
            metric.metric(prepared, Optional.empty()).orElseThrow());
    MethodSelection selection =
        MethodSelection.of(
            found,
            MethodSelection.CANDIDATES,
            ranges -> {
              Model quantized = prepared.copy();
              new InsertQdq(ranges, QdqOptions.DEFAULT).insert(quantized);
              return score.of(quantized);
            },
            progress());
    selection.toString().lines().forEach(this::say);
    return selection.table();
  }

  /// Whether the histograms, if they are wanted, lie beside the table and belong to it.
  private boolean isComplete() throws IOException {
    if (!histograms || table == null) {
      return true;
    }
    try {
      return HistogramsFile.readTable(table).hasHistograms();
    } catch (CalibrationException e) {
      return false;
    }
  }

  private void finish(CalibrationTable found, boolean reused) throws IOException {
    CalibrationTable result = found;
    if (cache != null) {
      TensorRtCache text = TensorRtCache.of(found, version);
      text.write(cache);
      result = found.vouchingFor(text);
    }
    if (table != null) {
      if (histograms && !reused) {
        result.writeHistograms(HistogramsFile.of(table));
      }
      result.write(table);
    }
    print(result, reused);
  }

  private void print(CalibrationTable result, boolean reused) {
    ObjectNode root = Json.object();
    root.put("method", result.header().method());
    root.put("modelDigest", result.header().modelDigest().orElse(""));
    root.put("samples", result.header().data().stream().mapToLong(part -> part.samples()).sum());
    root.put("uncalibrated", result.isUncalibrated());
    root.put("reused", reused);
    if (table != null) {
      root.put("table", table.toString());
    }
    if (cache != null) {
      root.put("cache", cache.toString());
    }
    ArrayNode tensors = root.putArray("tensors");
    for (TensorRange range : result.entries()) {
      tensors
          .addObject()
          .put("name", range.name())
          .put("threshold", range.threshold())
          .put("scale", range.scale())
          .put("min", range.extremes().min())
          .put("max", range.extremes().max());
      if (range.counts().nans() + range.counts().infinities() > 0) {
        note(
            "warning: tensor '%s' held %d NaN and %d infinite values; its range leaves them out"
                .formatted(range.name(), range.counts().nans(), range.counts().infinities()));
      }
    }
    OutlierRemarks.of(result).forEach(remark -> note("warning: " + remark));
    report(root);
    say(
        "%d tensors by %s%s%s"
            .formatted(
                result.entries().size(),
                result.header().method(),
                result.isUncalibrated() ? ", UNCALIBRATED (random data)" : "",
                reused ? ", reused" : ""));
    if (table != null) {
      say("table: " + table);
    }
    if (cache != null) {
      say("cache: " + cache + " (TensorRT " + version + ")");
    }
  }

  /// Turns what is no version into wrong usage.
  static final class VersionConverter implements ITypeConverter<TensorRtVersion> {
    @Override
    public TensorRtVersion convert(String text) {
      try {
        return TensorRtVersion.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
