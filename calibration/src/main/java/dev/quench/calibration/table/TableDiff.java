// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import dev.quench.Printable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The differences between two calibration tables. Tensors are matched by name or, if a name is in
/// only one table, by the computation that produces them.
///
/// @param origins differences in how the tables were made, one per line; names are escaped for a
///   terminal
/// @param onlyInFirst names of tensors that the second table lacks
/// @param onlyInSecond names of tensors that the first table lacks
/// @param changes thresholds that differ, the largest ratio first
/// @param equal how many tensors have the same threshold in both
public record TableDiff(
    List<String> origins,
    List<String> onlyInFirst,
    List<String> onlyInSecond,
    List<Change> changes,
    int equal) {
  /// A tensor with two thresholds.
  ///
  /// @param name in the first table
  /// @param first threshold in the first table
  /// @param second threshold in the second table
  public record Change(String name, double first, double second) {
    /// `second / first`; infinite where the first is 0.
    public double ratio() {
      return second / first;
    }

    private double size() {
      return Math.abs(Math.log(ratio()));
    }
  }

  public TableDiff {
    origins = List.copyOf(origins);
    onlyInFirst = List.copyOf(onlyInFirst);
    onlyInSecond = List.copyOf(onlyInSecond);
    changes = List.copyOf(changes);
  }

  /// Compares two tables.
  public static TableDiff of(CalibrationTable first, CalibrationTable second) {
    Map<String, TensorRange> byDigest = new HashMap<>();
    second
        .entries()
        .forEach(range -> range.tensorDigest().ifPresent(digest -> byDigest.put(digest, range)));
    Set<String> matched = new HashSet<>();
    List<String> onlyInFirst = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    int equal = 0;
    for (TensorRange range : first.entries()) {
      TensorRange other =
          second
              .entry(range.name())
              .orElseGet(() -> range.tensorDigest().map(byDigest::get).orElse(null));
      if (other == null) {
        onlyInFirst.add(range.name());
        continue;
      }
      matched.add(other.name());
      if (range.threshold() == other.threshold()) {
        equal++;
      } else {
        changes.add(new Change(range.name(), range.threshold(), other.threshold()));
      }
    }
    changes.sort(Comparator.comparingDouble(Change::size).reversed());
    List<String> onlyInSecond =
        second.names().stream().filter(name -> !matched.contains(name)).toList();
    return new TableDiff(
        origins(first.header(), second.header()), onlyInFirst, onlyInSecond, changes, equal);
  }

  private static List<String> origins(TableHeader first, TableHeader second) {
    List<String> origins = new ArrayList<>();
    compare(
        "model", first.modelDigest().orElse("none"), second.modelDigest().orElse("none"), origins);
    compare("method", first.method(), second.method(), origins);
    compare("preprocessing", first.preprocessing(), second.preprocessing(), origins);
    compare("data", data(first), data(second), origins);
    return origins;
  }

  private static String data(TableHeader header) {
    return header.data().stream()
        .map(data ->
            "%d samples (%s) of %s, %s%s"
                .formatted(
                    data.samples(),
                    data.used(),
                    data.description(),
                    data.digest(),
                    data.random() ? ", RANDOM" : ""))
        .collect(Collectors.joining("; ", "", ""));
  }

  private static void compare(String what, String first, String second, List<String> into) {
    if (!first.equals(second)) {
      into.add("%s: %s | %s".formatted(what, shown(first), shown(second)));
    }
  }

  private static String shown(String text) {
    return text.isEmpty() ? "none" : Printable.escape(text);
  }

  /// Whether quantizing with either table gives the same model.
  public boolean isEmpty() {
    return onlyInFirst.isEmpty() && onlyInSecond.isEmpty() && changes.isEmpty();
  }

  /// Text for people to read: differences in how the tables were made, each changed threshold, and
  /// the tensors that one table lacks. Names are escaped for a terminal.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    origins.forEach(line -> text.append(line).append('\n'));
    text.append(
        "%d tensors equal, %d different, %d only in the first table, %d only in the second%n"
            .formatted(equal, changes.size(), onlyInFirst.size(), onlyInSecond.size()));
    if (!changes.isEmpty()) {
      text.append("%10s %14s %14s  tensor%n".formatted("ratio", "first", "second"));
    }
    for (Change change : changes) {
      text.append(
          String.format(
              Locale.ROOT,
              "%10.4f %14.6g %14.6g  %s%n",
              change.ratio(),
              change.first(),
              change.second(),
              Printable.escape(change.name())));
    }
    onlyInFirst.forEach(
        name -> text.append("only in the first: ").append(Printable.escape(name)).append('\n'));
    onlyInSecond.forEach(
        name -> text.append("only in the second: ").append(Printable.escape(name)).append('\n'));
    return text.toString();
  }
}
