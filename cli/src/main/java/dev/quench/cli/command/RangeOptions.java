// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.RangeSources;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtCache.Algorithm;
import dev.quench.calibration.tensorrt.TensorRtCache.Coverage;
import dev.quench.calibration.tensorrt.TensorRtCacheReport;
import dev.quench.cli.converter.ShareConverter;
import dev.quench.cli.option.Preparation;
import dev.quench.cli.output.CheckFailedException;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.graph.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Ranges that were found earlier: a calibration table, or a text cache of TensorRT up to version
/// 10.
final class RangeOptions {
  @Option(
      names = "--table",
      paramLabel = "FILE",
      description = "Calibration table; refused when it was made from another model.")
  private @Nullable Path table;

  @Option(
      names = "--cache",
      paramLabel = "FILE",
      description =
          "TensorRT text cache; holds no hash, so it needs --trust-cache, or --table to vouch for it.")
  private @Nullable Path cache;

  @Option(names = "--trust-cache", description = "Take the ranges of --cache on your word.")
  private boolean trustCache;

  @Option(
      names = "--min-coverage",
      paramLabel = "SHARE",
      defaultValue = "90%",
      converter = ShareConverter.class,
      description =
          "Refuse a --cache that has a scale for less than this share of the tensors to quantize; layers that read one without stay float. Default ${DEFAULT-VALUE}.")
  private double minCoverage;

  private @Nullable TensorRtCacheReport found;

  boolean isGiven() {
    return table != null || cache != null;
  }

  /// Whether tensors may lack a range: what needs them stays float then, as with TensorRT itself.
  boolean mayLackTensors() {
    return cache != null;
  }

  /// The ranges of `prepared`, of which something [#isGiven].
  ///
  /// @param original the model as it was read: the one that TensorRT calibrated
  /// @throws CheckFailedException if the cache covers too few tensors
  CalibrationTable read(
      Model original,
      Model prepared,
      Preparation preparation,
      QdqOptions options,
      QuenchCommand command)
      throws IOException {
    CalibrationTable vouching =
        table == null ? null : preparation.ranges(CalibrationTable.read(table));
    if (cache == null) {
      return Objects.requireNonNull(vouching);
    }
    if (vouching != null) {
      vouching.requireCache(TensorRtCache.read(cache));
    } else if (!trustCache) {
      throw new CommandException(
          cache
              + " does not say which model it belongs to; give the --table that was written with it, or --trust-cache");
    }
    Set<String> wanted = QdqPlacement.tensors(prepared, options);
    found = TensorRtCacheReport.read(cache, wanted, name -> sources(original, prepared, name));
    say(cache, found, command);
    if (!wanted.isEmpty() && found.coverage().present().isEmpty()) {
      throw new CommandException(
          cache + " names no tensor of this model; it belongs to another one");
    }
    CalibrationTable ranges = found.trusted();
    requireCoverage(cache, found.coverage());
    return ranges;
  }

  /// By the graph that TensorRT saw, then by what fusion made of it.
  private static List<String> sources(Model original, Model prepared, String name) {
    List<String> sources = new ArrayList<>(RangeSources.of(original.graph(), name));
    sources.addAll(RangeSources.of(prepared.graph(), name));
    return sources;
  }

  private static void say(Path file, TensorRtCacheReport report, QuenchCommand command) {
    command.note(file + ": " + report);
    report
        .borrowed()
        .forEach((name, source) ->
            command.note("  '%s' takes the scale of '%s'".formatted(name, source)));
    Algorithm algorithm = report.cache().algorithm();
    if (algorithm == Algorithm.ENTROPY || algorithm == Algorithm.LEGACY) {
      command.note(
          "warning: %s names tensors as they are after TensorRT's own fusion; some may not be found"
              .formatted(algorithm.spelling()));
    }
  }

  private void requireCoverage(Path file, Coverage coverage) {
    int present = coverage.present().size();
    int wanted = present + coverage.missing().size();
    if (present < minCoverage * wanted) {
      throw new CheckFailedException(
          "%s has a scale for %d of the %d tensors to quantize, less than --min-coverage %s; it may belong to another model, or to this one under other names; nothing is written"
              .formatted(file, present, wanted, Text.format("%.0f%%", 100 * minCoverage)));
    }
  }

  /// What the cache covers, if one was read.
  void report(ObjectNode root) {
    if (found != null) {
      report(root, found);
    }
  }

  static void report(ObjectNode root, TensorRtCacheReport found) {
    ObjectNode node = root.putObject("cache");
    node.put("present", found.coverage().present().size());
    found.coverage().missing().forEach(node.putArray("missing")::add);
    found.coverage().extra().forEach(node.putArray("extra")::add);
    ObjectNode borrowed = node.putObject("borrowed");
    found.borrowed().forEach(borrowed::put);
  }
}
