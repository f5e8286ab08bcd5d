// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import dev.quench.Printable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Text for people: numbers with units and aligned columns, safe to print on a terminal.
public final class Text {
  private Text() {}

  /// Escapes each line; line breaks stay.
  static String printable(String text) {
    return text.lines().map(Printable::escape).collect(Collectors.joining("\n"));
  }

  /// Escapes line breaks too.
  public static String oneLine(String text) {
    return Printable.escape(text);
  }

  /// As [String#format], with the same digits and points everywhere.
  @SuppressWarnings("AnnotateFormatMethod")
  public // the annotation would be one more dependency
  static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }

  /// For example `683.5 kB`; powers of 1000.
  public static String bytes(long bytes) {
    return bytes < 1000 ? bytes + " B" : scaled((double) bytes, "B");
  }

  /// For example `1.23 G`; powers of 1000, for counts.
  public static String count(long count) {
    return count < 10_000 ? Long.toString(count) : scaled((double) count, "").strip();
  }

  private static String scaled(double value, String unit) {
    String[] prefixes = {"k", "M", "G", "T", "P", "E"};
    int power = -1;
    double scaled = value;
    while (scaled >= 1000 && power < prefixes.length - 1) {
      scaled /= 1000;
      power++;
    }
    return format("%.4g %s%s", scaled, prefixes[power], unit);
  }

  /// The file's name without folder and `.onnx`.
  public static String stem(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.endsWith(".onnx") ? name.substring(0, name.length() - ".onnx".length()) : name;
  }

  /// Rows as lines of aligned columns; the first `textColumns` to the left, the others to the
  /// right.
  public static List<String> table(int textColumns, List<List<String>> rows) {
    int columns = rows.stream().mapToInt(List::size).max().orElse(0);
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], Printable.escape(row.get(i)).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String cell = Printable.escape(row.get(i));
        String padding = " ".repeat(widths[i] - cell.length());
        line.append(i == 0 ? "" : "  ").append(i < textColumns ? cell + padding : padding + cell);
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
