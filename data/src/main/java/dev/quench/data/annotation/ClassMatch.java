// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/// Which class of a model each class of a data set is, or why that is not known.
///
/// @param indices of the model, by place in the data set
/// @param problem one line, empty where they match
/// @param byName whether names decided, not places
record ClassMatch(List<Integer> indices, String problem, boolean byName) {
  private static final int SHOWN = 5;
  private static final int AMBIGUOUS = -1;

  /// Matches names, which must all be among the model's; letter case, and what separates words, do
  /// not count.
  ///
  /// @param where for messages: what names the classes
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

  /// Takes places as indices, where there are as many classes as the model has.
  ///
  /// @param count of the data set's classes
  /// @param indices of those that it uses
  /// @param ofModel how many the model has
  /// @param shifted whether the user says how indices differ, so that any number will do
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

  /// Indices that tell classes apart although they are not the model's.
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
