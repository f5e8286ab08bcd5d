// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import dev.quench.Printable;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.run.AsymmetricRange;
import dev.quench.run.CalibrationException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Merges the tables of two parts of a data set.
final class TableMerge {
  private TableMerge() {}

  static CalibrationTable merge(CalibrationTable a, CalibrationTable b) {
    TableHeader header = mergedHeader(a.header(), b.header());
    requireSameTensors(a, b);
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    List<TensorRange> ranges = new ArrayList<>();
    if (a.hasHistograms() && b.hasHistograms()) {
      RangeMethod method = RangeMethod.parse(header.method());
      for (String name : a.names()) {
        Histogram merged = a.histogram(name).orElseThrow().merge(b.histogram(name).orElseThrow());
        histograms.put(name, merged);
        Optional<String> tensorDigest = a.entry(name).orElseThrow().tensorDigest();
        ranges.add(TensorRange.of(name, tensorDigest, method, merged));
      }
    } else if (header.method().equals(RangeMethod.minMax().spelling())) {
      for (TensorRange range : a.entries()) {
        ranges.add(mergedMinMax(range, b.entry(range.name()).orElseThrow()));
      }
    } else {
      throw new CalibrationException(
          "tables of method %s merge by their histograms, which these tables lack; calibrate each part with histograms kept, or use minmax"
              .formatted(header.method()));
    }
    return new CalibrationTable(header, ranges, histograms, null);
  }

  private static TableHeader mergedHeader(TableHeader a, TableHeader b) {
    if (a.modelDigest().isEmpty() || b.modelDigest().isEmpty()) {
      throw new CalibrationException(
          "ranges from a TensorRT cache cannot be merged: a cache names neither its model nor its data");
    }
    requireSame("models", a.modelDigest().get(), b.modelDigest().get());
    requireSame("methods", a.method(), b.method());
    requireSame("preprocessing", a.preprocessing(), b.preprocessing());
    requireSame("model inputs", a.inputs().toString(), b.inputs().toString());
    Map<String, CalibrationData> byDigest = new LinkedHashMap<>();
    a.data().forEach(part -> byDigest.put(part.digest(), part));
    b.data().forEach(part -> byDigest.merge(part.digest(), part, TableMerge::together));
    List<CalibrationData> data = new ArrayList<>(byDigest.values());
    data.sort(Comparator.comparing(CalibrationData::digest));
    return new TableHeader(
        TableHeader.thisTool(), a.modelDigest(), a.method(), a.preprocessing(), data, a.inputs());
  }

  private static CalibrationData together(CalibrationData a, CalibrationData b) {
    String where = "%s, %s".formatted(Printable.escape(a.description()), a.digest());
    if (a.used().size() != b.used().size() || a.random() != b.random()) {
      throw new CalibrationException(
          "the tables disagree about their data (%s): %d samples and %d; calibrate both parts again"
              .formatted(where, a.used().size(), b.used().size()));
    }
    try {
      return new CalibrationData(
          a.digest(), a.description(), a.used().and(b.used()), a.random(), a.sampling());
    } catch (IllegalArgumentException e) {
      throw new CalibrationException(
          "both tables were made from the same data (%s), which would count twice: %s; merge tables of different parts"
              .formatted(where, e.getMessage()),
          e);
    }
  }

  private static void requireSame(String what, String a, String b) {
    if (!a.equals(b)) {
      throw new CalibrationException(
          "tables with different %s cannot be merged: %s and %s"
              .formatted(what, Printable.escape(a), Printable.escape(b)));
    }
  }

  private static void requireSameTensors(CalibrationTable a, CalibrationTable b) {
    Set<String> inOneOnly = new LinkedHashSet<>(a.names());
    inOneOnly.addAll(b.names());
    inOneOnly.removeIf(name -> a.names().contains(name) && b.names().contains(name));
    if (!inOneOnly.isEmpty()) {
      throw new CalibrationException(
          "tables of different tensors cannot be merged: '%s' is in one of them only; calibrate the same tensors on both parts"
              .formatted(Printable.escape(inOneOnly.iterator().next())));
    }
  }

  private static TensorRange mergedMinMax(TensorRange a, TensorRange b) {
    TensorRange.Extremes extremes = mergedExtremes(a, b);
    TensorRange.Counts counts =
        new TensorRange.Counts(
            Math.addExact(a.counts().values(), b.counts().values()),
            a.counts().zeros() + b.counts().zeros(),
            a.counts().nans() + b.counts().nans(),
            a.counts().infinities() + b.counts().infinities());
    return new TensorRange(
        a.name(),
        a.tensorDigest(),
        extremes.amax(),
        AsymmetricRange.within(extremes.amax(), extremes.min(), extremes.max()),
        a.method(),
        extremes,
        counts,
        Optional.empty());
  }

  private static TensorRange.Extremes mergedExtremes(TensorRange a, TensorRange b) {
    if (hasNoFinite(a)) {
      return b.extremes();
    }
    if (hasNoFinite(b)) {
      return a.extremes();
    }
    return new TensorRange.Extremes(
        Math.min(a.extremes().min(), b.extremes().min()),
        Math.max(a.extremes().max(), b.extremes().max()));
  }

  private static boolean hasNoFinite(TensorRange range) {
    TensorRange.Counts counts = range.counts();
    return counts.values() == counts.nans() + counts.infinities();
  }
}
