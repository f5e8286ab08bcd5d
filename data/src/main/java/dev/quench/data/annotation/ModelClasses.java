// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import java.util.List;
import java.util.OptionalInt;

/// What is known of the classes that a model tells apart.
///
/// @param names in the order of their indices; empty where the model does not say
/// @param count how many scores it gives; empty where that is free or the model does not classify
public record ModelClasses(List<String> names, OptionalInt count) {
  /// Nothing is known.
  public static final ModelClasses UNKNOWN = new ModelClasses(List.of(), OptionalInt.empty());

  public ModelClasses {
    names = List.copyOf(names);
  }
}
