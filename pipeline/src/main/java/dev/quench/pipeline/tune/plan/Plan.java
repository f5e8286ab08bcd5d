// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// What is done with a whole model.
///
/// @param schemes one for each pattern
public record Plan(List<Scheme> schemes) {
  public Plan {
    schemes = List.copyOf(schemes);
  }

  public Plan with(int pattern, Scheme scheme) {
    List<Scheme> changed = new ArrayList<>(schemes);
    changed.set(pattern, scheme);
    return new Plan(changed);
  }

  /// Whether nothing runs in integers.
  public boolean isFloat() {
    return schemes.stream().allMatch(Scheme::isFloat);
  }

  /// The codes of its schemes with commas between.
  public String code() {
    return schemes.stream().map(Scheme::code).collect(Collectors.joining(","));
  }
}
