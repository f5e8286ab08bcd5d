// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Splits English text into the tokens of BERT: lower case, words and single marks of punctuation,
/// of each word the longest piece that the vocabulary has, again and again.
///
/// Source: Wu et al., "Google's Neural Machine Translation System", 2016, section 4.1; greedy as in
/// BERT (Devlin et al., 2019). For ASCII only.
final class WordPiece {
  private static final Pattern WORD = Pattern.compile("[a-z0-9]+|\\p{Punct}");

  private final Map<String, Integer> vocabulary;

  private WordPiece(Map<String, Integer> vocabulary) {
    this.vocabulary = vocabulary;
  }

  /// @param json a `tokenizer.json` with a model of type `WordPiece`
  static WordPiece read(InputStream json) throws IOException {
    JsonNode vocabulary = new ObjectMapper().readTree(json).path("model").path("vocab");
    Map<String, Integer> ids = new HashMap<>();
    vocabulary.properties().forEach(entry -> ids.put(entry.getKey(), entry.getValue().asInt()));
    return new WordPiece(ids);
  }

  /// Ids from `[CLS]` to `[SEP]`.
  List<Long> encode(String text) {
    List<Long> ids = new ArrayList<>();
    ids.add(id("[CLS]"));
    Matcher words = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (words.find()) {
      ids.addAll(pieces(words.group()));
    }
    ids.add(id("[SEP]"));
    return ids;
  }

  private List<Long> pieces(String word) {
    List<Long> pieces = new ArrayList<>();
    int from = 0;
    while (from < word.length()) {
      int to = word.length();
      while (to > from && !vocabulary.containsKey(piece(word, from, to))) {
        to--;
      }
      if (to == from) {
        return List.of(id("[UNK]"));
      }
      pieces.add(id(piece(word, from, to)));
      from = to;
    }
    return pieces;
  }

  private static String piece(String word, int from, int to) {
    return (from == 0 ? "" : "##") + word.substring(from, to);
  }

  private long id(String token) {
    Integer id = vocabulary.get(token);
    if (id == null) {
      throw new IllegalArgumentException("the vocabulary has no '" + token + "'");
    }
    return id;
  }
}
