// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.progress;

import java.util.stream.Collectors;

/// Folds lines that are longer than a terminal is wide between words, which a terminal would break.
///
/// Columns stay as they are: what stands behind the last gap of two blanks or more is folded, and
/// goes on below its beginning. A word that is longer than the line stays whole.
final class LineFolding {
  private static final int USUAL_WIDTH = 80;
  private static final int NARROWEST = 40;

  /// A last column that begins further right leaves too little room below it.
  private static final int FURTHEST_INDENT = 32;

  private static final int SMALL_INDENT = 4;

  private LineFolding() {}

  /// The columns that the shell exports; 80 if it exports none.
  static int terminalWidth() {
    String columns = System.getenv("COLUMNS");
    return columns != null && columns.matches("\\d{2,4}")
        ? Math.max(NARROWEST, Integer.parseInt(columns))
        : USUAL_WIDTH;
  }

  static String fold(String text, int width) {
    return text.lines().map(line -> foldLine(line, width)).collect(Collectors.joining("\n"));
  }

  private static String foldLine(String line, int width) {
    int column = line.lastIndexOf("  ") + 2;
    int start = column == 1 ? 0 : column;
    int indent = start == 0 ? 2 : start <= FURTHEST_INDENT ? start : SMALL_INDENT;
    StringBuilder folded = new StringBuilder();
    String rest = line;
    int from = start;
    while (rest.length() > width) {
      int at = rest.lastIndexOf(' ', width);
      if (at <= from) {
        at = rest.indexOf(' ', Math.max(from, width));
      }
      if (at <= from) {
        break;
      }
      folded.append(rest, 0, at).append('\n');
      rest = " ".repeat(indent) + rest.substring(at + 1);
      from = indent;
    }
    return folded.append(rest).toString();
  }
}
