// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.CalibrationTable;
import dev.quench.calibration.TensorRange;
import dev.quench.calibration.TensorRtCache;
import dev.quench.calibration.TensorRtVersion;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.data.Dataset;
import dev.quench.graph.Model;
import dev.quench.graph.ModelDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
      "With --merge, joins tables of parts of the data; all but minmax need the histograms beside them (--histograms)."
    },
    parameterListHeading = "%n",
    optionListHeading = "%n",
    footerHeading = "%nExample:%n",
    footer = {
      "  quench calibrate model.onnx --data npy:image=calibration.npy --method entropy \\",
      "      --table calibration.json --cache calibration.cache",
      "  quench calibrate --merge part1.json part2.json --table all.json"
    })
final class CalibrateCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", arity = "0..1", description = "ONNX file; none with --merge.")
  private @Nullable Path model;

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

  @Override
  void execute() throws IOException {
    if (table == null && cache == null) {
      throw wrongUsage("give --table, --cache or both, else the ranges are lost");
    }
    if (histograms && table == null) {
      throw wrongUsage("--histograms needs --table");
    }
    OutputFile.check(table, cache, histograms && table != null ? HistogramsFile.of(table) : null);
    if (merge.isEmpty()) {
      calibrateOrReuse();
    } else {
      mergeTables();
    }
  }

  private void mergeTables() throws IOException {
    if (model != null || data.isGiven()) {
      throw wrongUsage("--merge takes tables only, no MODEL and no --data");
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
    Model prepared = ModelFile.read(model).model();
    Dataset dataset = data.open(prepared, true, this);
    Preparation.forQuantization(prepared);
    TableReuse reuse =
        new TableReuse(
            ModelDigest.of(prepared),
            QdqPlacement.tensors(prepared),
            calibration.method(),
            dataset);
    switch (table == null ? new TableReuse.Finding.None() : reuse.look(table)) {
      case TableReuse.Finding.Valid(CalibrationTable valid) when isComplete() -> {
        note(table + " is valid: same model, data and method; nothing to compute");
        finish(valid, true);
        return;
      }
      case TableReuse.Finding.Valid _ -> note("the histograms are missing; calibrating anew");
      case TableReuse.Finding.Other(String difference) ->
          note(table + " was made from " + difference + "; calibrating anew");
      case TableReuse.Finding.None() -> {}
    }
    finish(calibration.calibrate(prepared, dataset, this, progress()), false);
  }

  private boolean isComplete() {
    return !histograms || (table != null && Files.exists(HistogramsFile.of(table)));
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
