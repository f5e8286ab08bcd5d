// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import dev.quench.run.dataset.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// The classes named by a folder or a list of images.
///
/// @param where for messages
/// @param names distinct, in order
/// @param listed the names of `classes.txt`; empty without that file
/// @param model the model's classes, as far as known
/// @param shifted whether the user gave an offset of the indices
record ClassList(
    String where, List<String> names, List<String> listed, ModelClasses model, boolean shifted) {
  /// Source of the labels when they are matched by position.
  private record Places(int count, List<Integer> indices, List<String> classNames) {}

  /// The labels in the order of `names`.
  record Labelled(ClassMatch match, List<Integer> stored, List<String> classNames) {
    LabelledFile.Label label(int place) {
      int at = stored.get(place);
      return new LabelledFile.Label.OfClass(
          match.isMatched() ? match.indices().get(place) : at, at);
    }
  }

  /// Matches by the model's names if it has any and the user gave no offset, else by `classes.txt`,
  /// else by the names if all are numbers, else by their order.
  ///
  /// @param folder of `classes.txt`, for messages
  /// @throws DataException if `classes.txt` lacks a name
  Labelled labelled(Path folder) {
    Places places = places(folder);
    if (!model.names().isEmpty() && !shifted) {
      ClassMatch match = ClassMatch.byName(where, names, model.names());
      if (match.isMatched()) {
        return new Labelled(match, places.indices(), model.names());
      }
      // A list as long as the model's is in the model's order, whatever its names.
      if (!areNumbers() && listed.size() != model.names().size()) {
        return new Labelled(match, places.indices(), places.classNames());
      }
    }
    ClassMatch match =
        areNumbers() && listed.isEmpty()
            ? new ClassMatch(places.indices(), "", false)
            : ClassMatch.byPlace(where, places.count(), places.indices(), count(), shifted);
    return new Labelled(match, places.indices(), places.classNames());
  }

  private OptionalInt count() {
    return model.names().isEmpty() ? model.count() : OptionalInt.of(model.names().size());
  }

  private Places places(Path folder) {
    List<Integer> indices = new ArrayList<>();
    boolean numbers = areNumbers();
    for (int place = 0; place < names.size(); place++) {
      String name = names.get(place);
      int index = numbers && listed.isEmpty() ? Integer.parseInt(name) : place;
      if (!listed.isEmpty()) {
        index = listed.indexOf(name);
        if (index < 0) {
          throw new DataException(
              "%s: its name is not among the %d classes of %s"
                  .formatted(folder.resolve(name), listed.size(), folder.resolve("classes.txt")));
        }
      }
      indices.add(index);
    }
    return new Places(
        listed.isEmpty() ? names.size() : listed.size(),
        indices,
        !listed.isEmpty() || numbers ? listed : names);
  }

  private boolean areNumbers() {
    return names.stream().allMatch(ClassList::isNumber);
  }

  private static boolean isNumber(String name) {
    return name.length() <= 6
        && !name.isEmpty()
        && name.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
