// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import java.util.regex.Pattern;

/// The id of an entry: numbers before texts. A text that is a whole number of 64 bits is that
/// number.
///
/// @param number the largest one for a text
/// @param text empty for a number
record CocoId(long number, String text) implements Comparable<CocoId> {
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]+");

  static CocoId of(String text) {
    if (WHOLE.matcher(text).matches()) {
      try {
        return new CocoId(Long.parseLong(text), "");
      } catch (NumberFormatException e) {
        return new CocoId(Long.MAX_VALUE, text); // larger
      }
    }
    return new CocoId(Long.MAX_VALUE, text);
  }

  @Override
  public int compareTo(CocoId other) {
    int byNumber = Long.compare(number, other.number);
    return byNumber != 0 ? byNumber : text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text.isEmpty() ? Long.toString(number) : text;
  }
}
