// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/// Maps each class of a data set to a class of the model, or gives the reason why it cannot.
///
/// @param indices of the model, by position in the data set
/// @param problem one line; empty if all classes match
/// @param byName whether names decided, not positions
record ClassMatch(List<Integer> indices, String problem, boolean byName) {
  private static final int SHOWN = 5;
  private static final int AMBIGUOUS = -1;

  /// Matches by name; every name must be among the model's. Letter case and word separators do not
  /// matter.
  ///
  /// @param where the source of the names, for messages
  /// @param names of the data set's classes, distinct
  static ClassMatch byName(String where, List<String> names, List<String> ofModel) {
    Map<String, Integer> known = new HashMap<>();
    for (int index = 0; index < ofModel.size(); index++) {
      known.merge(plain(ofModel.get(index)), index, (_, _) -> AMBIGUOUS);
    }
    // "tench, Tinca tinca" is also called "tench".
    for (int index = 0; index < ofModel.size(); index++) {
      int comma = ofModel.get(index).indexOf(',');
      if (comma > 0) {
        known.putIfAbsent(plain(ofModel.get(index).substring(0, comma)), index);
      }
    }
    List<Integer> indices = new ArrayList<>();
    for (String name : names) {
      Integer index = known.get(plain(name));
      if (index == null) {
        return unmatched(
            "%s: '%s' is not among the %d classes that the model names (%s); name the classes as the model does, or list the names that the data have in the model's order in classes.txt"
                .formatted(where, name, ofModel.size(), some(ofModel)));
      }
      if (index == AMBIGUOUS) {
        return unmatched(
            "%s: the model has several classes '%s'; list the names that the data have in the model's order in classes.txt"
                .formatted(where, name));
      }
      indices.add(index);
    }
    return new ClassMatch(indices, "", true);
  }

  /// Takes positions as indices, if the data have as many classes as the model.
  ///
  /// @param count of the data set's classes
  /// @param indices of the classes that it uses
  /// @param ofModel the number of classes of the model
  /// @param shifted whether the user gave an offset, so any number is accepted
  static ClassMatch byPlace(
      String where, int count, List<Integer> indices, OptionalInt ofModel, boolean shifted) {
    if (shifted || ofModel.isEmpty() || ofModel.getAsInt() == count) {
      return new ClassMatch(indices, "", false);
    }
    int more = ofModel.getAsInt() - count;
    String remedy =
        more == 1
            ? "if the model's class 0 stands for none of them, say --label-offset 1; if its last does, --label-offset 0"
            : more == -1
                ? "if the data's class 0 is one that the model lacks, leave it out and say --label-offset -1"
                : "list the model's classes in its order in classes.txt, one a line; --label-offset 0 takes the data's order as it is";
    return unmatched(
        "%s has %d classes, but the model gives %d scores; %s"
            .formatted(where, count, ofModel.getAsInt(), remedy));
  }

  static ClassMatch unmatched(String problem) {
    return new ClassMatch(List.of(), problem, false);
  }

  /// Indices that distinguish classes but are not the model's.
  ClassMatch withIndices(List<Integer> places) {
    return new ClassMatch(places, problem, byName);
  }

  boolean isMatched() {
    return problem.isEmpty();
  }

  static String some(List<String> names) {
    return names.stream().limit(SHOWN).collect(Collectors.joining(", "))
        + (names.size() > SHOWN ? ", …" : "");
  }

  private static String plain(String name) {
    return name.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s_-]+", " ");
  }
}
