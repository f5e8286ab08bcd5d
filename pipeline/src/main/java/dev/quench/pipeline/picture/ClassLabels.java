// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.picture;

import java.util.List;

/// The names behind class indices.
///
/// @param names in order
/// @param offset of the model: its class `i` has the name `i - offset`; 1 if its class 0 is the
///   background
public record ClassLabels(List<String> names, int offset) {
  /// No names: classes are called by their index.
  public static final ClassLabels UNKNOWN = new ClassLabels(List.of(), 0);

  public ClassLabels {
    names = List.copyOf(names);
  }

  /// The name of a class, or `class 7`.
  public String name(int index) {
    int at = index - offset;
    return at >= 0 && at < names.size() ? names.get(at) : "class " + index;
  }

  /// Whether there is a name for each of a model's classes, and no more; also if none are known.
  public boolean fits(int classes) {
    return names.isEmpty() || names.size() + offset == classes;
  }
}
