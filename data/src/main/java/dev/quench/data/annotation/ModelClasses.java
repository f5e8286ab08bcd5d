// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import java.util.List;
import java.util.OptionalInt;

/// The classes that a model distinguishes, as far as known.
///
/// @param names in the order of their indices; empty if the model does not name them
/// @param count how many scores it returns; empty if that is free or the model is not a classifier
public record ModelClasses(List<String> names, OptionalInt count) {
  /// Unknown classes.
  public static final ModelClasses UNKNOWN = new ModelClasses(List.of(), OptionalInt.empty());

  public ModelClasses {
    names = List.copyOf(names);
  }
}
