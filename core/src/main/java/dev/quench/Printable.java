// SPDX-License-Identifier: Apache-2.0
package dev.quench;

/// Makes text from files (names of tensors, labels, metadata) safe to show on a terminal or in a
/// log line.
public final class Printable {
  private static final String MARKUP = "<>&\"'";

  private Printable() {}

  /// Replaces each character that could control a terminal or mislead a reader by its code point in
  /// braces after a backslash and `u`: control characters (line breaks too), format characters such
  /// as the bidirectional overrides, line and paragraph separators, unpaired surrogates. Everything
  /// else, backslashes included, stays, so escaping twice changes nothing more.
  public static String escape(String text) {
    if (text.codePoints().noneMatch(Printable::isUnsafe)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(codePoint -> {
          if (isUnsafe(codePoint)) {
            escaped.append("\\u{").append(Integer.toHexString(codePoint)).append('}');
          } else {
            escaped.appendCodePoint(codePoint);
          }
        });
    return escaped.toString();
  }

  /// Escapes as [#escape] does, and `<`, `>`, `&`, `"`, `'` as character references: safe as HTML
  /// text and in quoted attributes.
  public static String escapeHtml(String text) {
    String printable = escape(text);
    StringBuilder escaped = new StringBuilder(printable.length() + 16);
    for (int i = 0; i < printable.length(); i++) {
      char character = printable.charAt(i);
      if (MARKUP.indexOf(character) >= 0) {
        escaped.append("&#").append((int) character).append(';');
      } else {
        escaped.append(character);
      }
    }
    return escaped.toString();
  }

  private static boolean isUnsafe(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
