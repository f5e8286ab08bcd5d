// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import dev.quench.Printable;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.io.AtomicFile;
import dev.quench.run.AsymmetricRange;
import dev.quench.run.CalibrationException;
import dev.quench.run.QuantizationRanges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The ranges of a model's tensors, with what is needed to trust and reuse them: hashes of the
/// model and of the data, how the ranges were chosen, and a checksum over all of it.
///
/// Stored as `calibration.json`, one tensor per line, optionally with the histograms in a file
/// beside it, so that tables of shards can be merged. Immutable and thread-safe; equality is by
/// content, histograms left out.
public final class CalibrationTable implements QuantizationRanges {
  /// [TableHeader#method] of a table that was read from a TensorRT cache.
  public static final String FROM_CACHE = "tensorrt-cache";

  private final TableHeader header;
  private final Map<String, TensorRange> ranges;
  private final Map<String, Histogram> histograms;
  private final @Nullable String cacheDigest;

  /// @param histograms of all ranges, or empty
  public CalibrationTable(
      TableHeader header,
      Collection<TensorRange> ranges,
      Map<String, Histogram> histograms,
      @Nullable String cacheDigest) {
    this.header = header;
    Map<String, TensorRange> byName = new LinkedHashMap<>();
    for (TensorRange range : ranges) {
      if (byName.put(range.name(), range) != null) {
        throw new IllegalArgumentException(
            "tensor '" + Printable.escape(range.name()) + "' has two ranges");
      }
    }
    this.ranges = Collections.unmodifiableMap(byName);
    this.histograms = Collections.unmodifiableMap(new LinkedHashMap<>(histograms));
    this.cacheDigest = cacheDigest;
  }

  // ---- what it says ----

  public TableHeader header() {
    return header;
  }

  /// The ranges in the order of the graph.
  public Collection<TensorRange> entries() {
    return ranges.values();
  }

  /// The range of one tensor; empty when it was not calibrated.
  public Optional<TensorRange> entry(String tensorName) {
    return Optional.ofNullable(ranges.get(tensorName));
  }

  /// Names of the calibrated tensors in the order of the graph.
  public Set<String> names() {
    return ranges.keySet();
  }

  @Override
  public OptionalDouble threshold(String tensorName) {
    TensorRange range = ranges.get(tensorName);
    return range == null ? OptionalDouble.empty() : OptionalDouble.of(range.threshold());
  }

  @Override
  public Optional<AsymmetricRange> asymmetric(String tensorName) {
    return entry(tensorName).map(TensorRange::asymmetric);
  }

  /// Whether the ranges were measured on generated noise, which makes them meaningless.
  public boolean isUncalibrated() {
    return header.data().stream().anyMatch(CalibrationData::random);
  }

  /// The histogram behind a range; empty if the table was read without histograms.
  public Optional<Histogram> histogram(String tensorName) {
    return Optional.ofNullable(histograms.get(tensorName));
  }

  /// Whether the table holds the histogram of every range.
  public boolean hasHistograms() {
    return histograms.keySet().equals(ranges.keySet());
  }

  public Map<String, Histogram> histograms() {
    return histograms;
  }

  // ---- trust ----

  /// Refuses a table that was made from another model.
  ///
  /// @param model the model to quantize, in its state at calibration
  /// @throws CalibrationException naming both digests
  public void requireModel(Model model) {
    requireModel(ModelDigest.of(model));
  }

  /// Refuses a table that was made from another model.
  ///
  /// @param digest [ModelDigest] of the model to quantize
  /// @throws CalibrationException naming both digests
  public void requireModel(String digest) {
    Optional<String> own = header.modelDigest();
    if (own.isEmpty()) {
      throw new CalibrationException(
          "the ranges come from a TensorRT cache, which does not name its model; the model at hand is %s; use the calibration.json written with the cache, or trust the cache explicitly"
              .formatted(digest));
    }
    if (!own.get().equals(digest)) {
      throw new CalibrationException(
          "the calibration table was made from another model: it holds %s, the model at hand is %s; calibrate this model"
              .formatted(own.get(), digest));
    }
  }

  /// The digest of the TensorRT cache written beside this table; empty without one.
  public Optional<String> cacheDigest() {
    return Optional.ofNullable(cacheDigest);
  }

  /// This table, vouching for `cache`: write it beside the cache.
  public CalibrationTable vouchingFor(ScaleCache cache) {
    return new CalibrationTable(header, ranges.values(), histograms, cache.digest());
  }

  /// Refuses a TensorRT cache that this table does not vouch for.
  ///
  /// @throws CalibrationException naming both digests
  public void requireCache(ScaleCache cache) {
    if (!cache.digest().equals(cacheDigest)) {
      throw new CalibrationException(
          "the TensorRT cache is not the one written with the calibration table: its digest is %s, the table holds %s; write it again from the table, or trust it explicitly"
              .formatted(cache.digest(), cacheDigest == null ? "none" : cacheDigest));
    }
  }

  /// This table for a model that computes the same under other tensor names: ranges are matched by
  /// the computation of the tensor and get the names of `model`. So a re-exported model can be
  /// quantized without a new calibration.
  ///
  /// @param model not modified
  /// @return this table, if the names are the same; else a copy without [#cacheDigest], because the
  ///   cache has the old names
  /// @throws CalibrationException if the model computes something else, naming both digests
  public CalibrationTable forModel(Model model) {
    requireModel(model);
    Map<String, String> digests = ModelDigest.ofTensors(model);
    boolean sameNames =
        ranges.values().stream()
            .allMatch(range ->
                range.tensorDigest().equals(Optional.ofNullable(digests.get(range.name()))));
    if (sameNames) {
      return this;
    }
    Map<String, TensorRange> byDigest = new HashMap<>();
    ranges
        .values()
        .forEach(range -> range.tensorDigest().ifPresent(digest -> byDigest.put(digest, range)));
    List<TensorRange> renamed = new ArrayList<>();
    Map<String, Histogram> renamedHistograms = new LinkedHashMap<>();
    digests.forEach((name, digest) -> {
      TensorRange range = byDigest.get(digest);
      if (range != null) {
        renamed.add(range.named(name));
        histogram(range.name()).ifPresent(histogram -> renamedHistograms.put(name, histogram));
      }
    });
    return new CalibrationTable(header, renamed, renamedHistograms, null);
  }

  // ---- making ----

  /// The table that `method` makes from the same histograms, without data.
  ///
  /// @throws CalibrationException if this table holds no histograms; see [#withHistograms]
  public CalibrationTable reestimated(RangeMethod method) {
    if (!hasHistograms()) {
      throw new CalibrationException(
          "this table holds no histograms, which another method needs; give the file written with it, or calibrate again");
    }
    List<TensorRange> chosen = new ArrayList<>();
    for (TensorRange range : ranges.values()) {
      Histogram histogram = histogram(range.name()).orElseThrow();
      chosen.add(TensorRange.of(range.name(), range.tensorDigest(), method, histogram));
    }
    return new CalibrationTable(header.withMethod(method), chosen, histograms, null);
  }

  /// The table of both data together, identical to that of a single run over all data. Commutative
  /// and associative.
  ///
  /// @throws CalibrationException if they come from different models, methods, preprocessing or
  ///   sets of tensors, share data, or lack histograms (only `minmax` needs none)
  public static CalibrationTable merge(CalibrationTable a, CalibrationTable b) {
    return TableMerge.merge(a, b);
  }

  /// The ranges of a TensorRT cache. A cache names no model, so [#requireModel] refuses such a
  /// table; use it only if you trust the cache.
  public static CalibrationTable fromCache(ScaleCache cache) {
    List<TensorRange> ranges = new ArrayList<>();
    cache
        .scales()
        .forEach((name, scale) -> {
          double threshold = (double) scale * TensorRange.LEVELS;
          ranges.add(
              new TensorRange(
                  name,
                  Optional.empty(),
                  threshold,
                  new AsymmetricRange(-threshold, threshold),
                  FROM_CACHE,
                  new TensorRange.Extremes(-threshold, threshold),
                  new TensorRange.Counts(0, 0, 0, 0),
                  Optional.empty()));
        });
    TableHeader header =
        new TableHeader(
            TableHeader.thisTool(), Optional.empty(), FROM_CACHE, "", List.of(), List.of());
    return new CalibrationTable(header, ranges, Map.of(), cache.digest());
  }

  // ---- files ----

  /// Reads `calibration.json`, without histograms.
  ///
  /// @throws CalibrationException if the file is not a table, has an unknown version, or was edited
  ///   or truncated; says which
  /// @throws IOException if it cannot be read
  public static CalibrationTable read(Path file) throws IOException {
    return TableJson.read(file);
  }

  /// Writes `calibration.json` atomically: readers see the old table or the complete new one.
  public void write(Path file) throws IOException {
    AtomicFile.write(file, out -> TableJson.write(this, out));
  }

  /// The content of `calibration.json`.
  public String toJson() {
    return TableJson.text(this);
  }

  /// Writes the histograms behind the ranges, for later merges.
  ///
  /// @throws CalibrationException if this table holds no histograms
  public void writeHistograms(Path file) throws IOException {
    if (!hasHistograms()) {
      throw new CalibrationException(
          "this table holds no histograms to write; calibrate again, or read them first");
    }
    AtomicFile.writeBytes(file, HistogramFile.encode(histograms));
  }

  /// This table with the histograms that were written beside it.
  ///
  /// @throws CalibrationException if the file is damaged or belongs to another table
  /// @throws IOException if it cannot be read
  public CalibrationTable withHistograms(Path file) throws IOException {
    Map<String, Histogram> read = HistogramFile.read(file);
    for (TensorRange range : ranges.values()) {
      Histogram histogram = read.get(range.name());
      if (histogram == null || !range.histogramDigest().equals(Optional.of(histogram.digest()))) {
        throw new CalibrationException(
            "%s: does not belong to this calibration table: it %s histogram of tensor '%s'; give the file written with this table"
                .formatted(
                    Printable.escape(file.toString()),
                    histogram == null ? "has no" : "holds another",
                    Printable.escape(range.name())));
      }
    }
    read.keySet().retainAll(ranges.keySet());
    return new CalibrationTable(header, ranges.values(), read, cacheDigest);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CalibrationTable that
        && header.equals(that.header)
        && List.copyOf(ranges.values()).equals(List.copyOf(that.ranges.values()))
        && cacheDigest().equals(that.cacheDigest());
  }

  @Override
  public int hashCode() {
    return 31 * header.hashCode() + ranges.hashCode();
  }

  /// Method and size, on one line.
  @Override
  public String toString() {
    return "CalibrationTable[%s, %d tensors%s]"
        .formatted(header.method(), ranges.size(), isUncalibrated() ? ", uncalibrated" : "");
  }
}
