// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.calibrate;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.RangeSources;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtCache.Algorithm;
import dev.quench.calibration.tensorrt.TensorRtCache.Coverage;
import dev.quench.calibration.tensorrt.TensorRtCacheReport;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.graph.Model;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.RecipeListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The ranges of a TensorRT text cache for one model.
///
/// @param report what the cache covers
public record CachedRanges(CalibrationTable ranges, TensorRtCacheReport report) {
  /// Reads a cache.
  ///
  /// @param original the model as it was read: the one that TensorRT calibrated
  /// @throws PipelineException if the cache names no tensor of the model
  /// @throws CheckFailedException if it covers too few
  /// @throws dev.quench.run.CalibrationException if the vouching table does not vouch for it, or a
  ///   scale cannot be meant
  public static CachedRanges read(
      RangeSource.Cache source,
      Model original,
      PreparedModel prepared,
      QdqOptions options,
      RecipeListener listener)
      throws IOException {
    Path file = source.file();
    if (source.vouching().isPresent()) {
      prepared
          .ranges(CalibrationTable.read(source.vouching().get()))
          .requireCache(TensorRtCache.read(file));
    }
    Set<String> wanted = QdqPlacement.tensors(prepared.model(), options);
    TensorRtCacheReport report =
        TensorRtCacheReport.read(file, wanted, name -> sources(original, prepared.model(), name));
    tell(file, report, listener);
    if (!wanted.isEmpty()) {
      requireAny(file, report);
    }
    CalibrationTable ranges = report.trusted();
    requireCoverage(file, report.coverage(), source.minCoverage());
    return new CachedRanges(ranges, report);
  }

  /// @throws PipelineException if the cache names no tensor of the model
  public static void requireAny(Path file, TensorRtCacheReport report) {
    if (report.coverage().present().isEmpty()) {
      throw new PipelineException(
          file + " names no tensor of this model; it belongs to another one");
    }
  }

  /// By the graph that TensorRT saw, then by what fusion made of it.
  private static List<String> sources(Model original, Model prepared, String name) {
    List<String> sources = new ArrayList<>(RangeSources.of(original.graph(), name));
    sources.addAll(RangeSources.of(prepared.graph(), name));
    return sources;
  }

  private static void tell(Path file, TensorRtCacheReport report, RecipeListener listener) {
    listener.note(file + ": " + report);
    report
        .borrowed()
        .forEach((name, source) ->
            listener.note("  '%s' takes the scale of '%s'".formatted(name, source)));
    Algorithm algorithm = report.cache().algorithm();
    if (algorithm == Algorithm.ENTROPY || algorithm == Algorithm.LEGACY) {
      listener.note(
          "warning: %s names tensors as they are after TensorRT's own fusion; some may not be found"
              .formatted(algorithm.spelling()));
    }
  }

  private static void requireCoverage(Path file, Coverage coverage, double minCoverage) {
    int present = coverage.present().size();
    int wanted = present + coverage.missing().size();
    if (present < minCoverage * wanted) {
      throw new CheckFailedException(
          String.format(
              Locale.ROOT,
              "%s has a scale for %d of the %d tensors to quantize, less than the required %.0f%%; it may belong to another model, or to this one under other names; nothing is written",
              file,
              present,
              wanted,
              100 * minCoverage));
    }
  }
}
