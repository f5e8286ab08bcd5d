// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Words and patterns of sentences. The two share no noun, verb, adjective or pattern, so that no
/// model is judged on text that its ranges were found on.
enum Vocabulary {
  CALIBRATION,
  EVALUATION;

  private static final Pattern GAP = Pattern.compile("\\{(\\w+)}");

  private final List<String> nouns;
  private final List<String> verbs;
  private final List<String> adjectives;
  private final List<String> patterns;

  Vocabulary() {
    List<String> lines = read("/text/" + name().toLowerCase(Locale.ROOT) + ".txt");
    nouns = words(lines, "nouns: ");
    verbs = words(lines, "verbs: ");
    adjectives = words(lines, "adjectives: ");
    patterns = entries(lines, "sentence: ");
  }

  /// All but the patterns.
  Set<String> words() {
    Set<String> words = new HashSet<>(nouns);
    words.addAll(verbs);
    words.addAll(adjectives);
    return words;
  }

  /// One sentence in English; some are alike in form, none by chance in all words.
  String sentence(SplittableRandom random) {
    String sentence =
        GAP.matcher(any(patterns, random))
            .replaceAll(gap ->
                switch (gap.group(1)) {
                  case "noun" -> any(nouns, random);
                  case "verb" -> any(verbs, random);
                  case "adjective" -> any(adjectives, random);
                  default -> Integer.toString(2 + random.nextInt(2000));
                });
    return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
  }

  /// Words, some capitalized or all in capitals, and numbers, as on a form or a receipt.
  ///
  /// @param length the most characters
  String line(SplittableRandom random, int length) {
    StringBuilder line = new StringBuilder(piece(random));
    int pieces = 1 + random.nextInt(6);
    for (int i = 1; i < pieces; i++) {
      String next = piece(random);
      if (line.length() + 1 + next.length() <= length) {
        line.append(' ').append(next);
      }
    }
    return line.substring(0, Math.min(length, line.length())).strip();
  }

  private String piece(SplittableRandom random) {
    String word =
        switch (random.nextInt(4)) {
          case 0 -> any(verbs, random);
          case 1 -> any(adjectives, random);
          default -> any(nouns, random);
        };
    return switch (random.nextInt(10)) {
      case 0 -> word.toUpperCase(Locale.ROOT);
      case 1, 2 -> Character.toUpperCase(word.charAt(0)) + word.substring(1);
      case 3 -> Integer.toString(random.nextInt(100_000));
      case 4 -> random.nextInt(100) + "." + random.nextInt(10, 100);
      case 5 -> word + ",:-%/".charAt(random.nextInt(5));
      default -> word;
    };
  }

  private static String any(List<String> list, SplittableRandom random) {
    return list.get(random.nextInt(list.size()));
  }

  private static List<String> words(List<String> lines, String key) {
    return entries(lines, key).stream().flatMap(line -> Stream.of(line.split(" "))).toList();
  }

  private static List<String> entries(List<String> lines, String key) {
    List<String> entries = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith(key)) {
        entries.add(line.substring(key.length()));
      }
    }
    return entries;
  }

  private static List<String> read(String resource) {
    try (InputStream text = Vocabulary.class.getResourceAsStream(resource)) {
      byte[] bytes = Objects.requireNonNull(text, resource).readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
