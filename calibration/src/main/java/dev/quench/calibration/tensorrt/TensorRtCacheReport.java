// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.tensorrt;

import dev.quench.Printable;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TensorRange;
import dev.quench.run.CalibrationException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/// The facts about a TensorRT cache without a [CalibrationTable] that vouches for it, for users
/// about to trust it: how well it fits the tensors of a model, and which of its scales are
/// implausible. Whether it was made from this model and from good data cannot be checked.
///
/// @param coverage of the wanted tensors, by lines with a scale of any value
/// @param notNumbers tensors whose scale is NaN
/// @param outOfRange tensors whose scale is zero, negative, infinite, below the smallest normal
///   float or so large that `127 · scale` overflows a float
/// @param cache the other lines
/// @param borrowed wanted tensors that the cache does not name but that count as present, each with
///   the tensor whose scale it takes
public record TensorRtCacheReport(
    TensorRtCache.Coverage coverage,
    List<String> notNumbers,
    List<String> outOfRange,
    TensorRtCache cache,
    Map<String, String> borrowed) {
  public TensorRtCacheReport {
    borrowed = Collections.unmodifiableMap(new LinkedHashMap<>(borrowed));
    notNumbers = List.copyOf(notNumbers);
    outOfRange = List.copyOf(outOfRange);
  }

  /// Reads a cache, with scales of any value.
  ///
  /// @param wanted tensors that need a range
  /// @throws CalibrationException if a line does not have the form of a cache
  /// @throws IOException if it cannot be read
  public static TensorRtCacheReport read(Path file, Set<String> wanted) throws IOException {
    return read(file, wanted, _ -> List.of());
  }

  /// Reads a cache, with scales of any value.
  ///
  /// @param wanted tensors that need a range
  /// @param sources for a wanted tensor that the cache does not name, the tensors whose scale fits
  ///   it, best first
  /// @throws CalibrationException if a line does not have the form of a cache
  /// @throws IOException if it cannot be read
  public static TensorRtCacheReport read(
      Path file, Set<String> wanted, Function<String, List<String>> sources) throws IOException {
    return parse(TensorRtCache.readText(file), Printable.escape(file.toString()), wanted, sources);
  }

  static TensorRtCacheReport parse(
      String text, String where, Set<String> wanted, Function<String, List<String>> sources) {
    TensorRtCache.Content content = TensorRtCache.Content.parse(text, where);
    List<String> notNumbers = new ArrayList<>();
    List<String> outOfRange = new ArrayList<>();
    Map<String, Float> usable = new LinkedHashMap<>();
    content
        .scales()
        .forEach((name, scale) -> {
          if (Float.isNaN(scale)) {
            notNumbers.add(name);
          } else if (!(scale >= Float.MIN_NORMAL) || Float.isInfinite(scale * TensorRange.LEVELS)) {
            outOfRange.add(name);
          } else {
            usable.put(name, scale);
          }
        });
    Set<String> named = content.scales().keySet();
    Map<String, String> borrowed = new LinkedHashMap<>();
    for (String name : wanted) {
      if (!named.contains(name)) {
        sources.apply(name).stream()
            .filter(usable::containsKey)
            .findFirst()
            .ifPresent(source -> borrowed.put(name, source));
      }
    }
    return new TensorRtCacheReport(
        coverage(named, wanted, borrowed),
        notNumbers,
        outOfRange,
        new TensorRtCache(content.version(), content.algorithm(), usable),
        borrowed);
  }

  private static TensorRtCache.Coverage coverage(
      Set<String> named, Set<String> wanted, Map<String, String> borrowed) {
    Set<String> lenders = new HashSet<>(borrowed.values());
    return new TensorRtCache.Coverage(
        wanted.stream().filter(name -> named.contains(name) || borrowed.containsKey(name)).toList(),
        wanted.stream()
            .filter(name -> !named.contains(name) && !borrowed.containsKey(name))
            .toList(),
        named.stream().filter(name -> !wanted.contains(name) && !lenders.contains(name)).toList());
  }

  /// Whether every wanted tensor has a plausible scale.
  public boolean isUsable() {
    return coverage.isComplete()
        && coverage.present().stream()
            .noneMatch(name -> notNumbers.contains(name) || outOfRange.contains(name));
  }

  /// The ranges of the cache; the caller asserts that they belong to this model.
  ///
  /// @throws CalibrationException if a wanted tensor has an implausible scale; missing scales are
  ///   left to the caller
  public CalibrationTable trusted() {
    for (String name : coverage.present()) {
      if (notNumbers.contains(name) || outOfRange.contains(name)) {
        throw new CalibrationException(
            "the scale of '%s' in the TensorRT cache %s; calibrate anew, or leave what reads it float"
                .formatted(
                    Printable.escape(name),
                    notNumbers.contains(name) ? "is NaN" : "is out of range"));
      }
    }
    Map<String, Float> scales = new LinkedHashMap<>(cache.scales());
    borrowed.forEach(
        (name, source) -> scales.put(name, Objects.requireNonNull(cache.scales().get(source))));
    return CalibrationTable.fromCache(
        new TensorRtCache(cache.version(), cache.algorithm(), scales));
  }

  /// One line, with names escaped for a terminal.
  @Override
  public String toString() {
    return coverage
        + (borrowed.isEmpty()
            ? ""
            : ", %d by the scale of another tensor".formatted(borrowed.size()))
        + (notNumbers.isEmpty() ? "" : ", NaN: " + TensorRtCache.Coverage.named(notNumbers))
        + (outOfRange.isEmpty()
            ? ""
            : ", out of range: " + TensorRtCache.Coverage.named(outOfRange));
  }
}
