// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;

/// The options of one step that were given, checked against its kind; sorted by name.
///
/// @param values text by name; artifacts are not among them
public record StepOptions(Map<String, String> values) {
  public StepOptions {
    values = Collections.unmodifiableMap(new TreeMap<>(values));
  }

  public Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name));
  }

  public OptionalInt whole(String name) {
    String text = values.get(name);
    return text == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(text));
  }

  public OptionalDouble number(String name) {
    String text = values.get(name);
    return text == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(text));
  }

  /// Whether a flag is given and true.
  public boolean isSet(String name) {
    return "true".equals(values.get(name));
  }
}
