// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

/// The id of an entry: numbers before texts. A text of digits is that number.
///
/// @param number the largest one for a text
/// @param text empty for a number
record CocoId(long number, String text) implements Comparable<CocoId> {
  private static final int MAX_DIGITS = 18;

  static CocoId of(String text) {
    boolean digits =
        !text.isEmpty()
            && text.length() <= MAX_DIGITS
            && text.chars().allMatch(c -> c >= '0' && c <= '9');
    return digits ? new CocoId(Long.parseLong(text), "") : new CocoId(Long.MAX_VALUE, text);
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
