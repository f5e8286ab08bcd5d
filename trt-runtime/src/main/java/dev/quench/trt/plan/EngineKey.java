// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Everything that decides what a build gives, as readable facts by name. Two builds of one key
/// give engines that can stand in for each other.
///
/// @param request what was asked for: model, options, profiles, ranges, plug-ins
/// @param machine what it was built with: TensorRT, CUDA, GPU, platform
public record EngineKey(Map<String, String> request, Map<String, String> machine) {
  public EngineKey {
    request = Collections.unmodifiableMap(new LinkedHashMap<>(request));
    machine = Collections.unmodifiableMap(new LinkedHashMap<>(machine));
  }

  /// SHA-256 over all facts, 64 hexadecimal digits.
  public String digest() {
    StringBuilder text = new StringBuilder(requestDigest()).append('\n');
    machine.forEach((name, value) -> append(text, name, value));
    return hash(text);
  }

  /// SHA-256 over what was asked for: equal for the engines of one request on several machines.
  public String requestDigest() {
    StringBuilder text = new StringBuilder();
    request.forEach((name, value) -> append(text, name, value));
    return hash(text);
  }

  /// What differs from `older`, each as `GPU was NVIDIA L4, is NVIDIA H100`.
  public List<String> differencesFrom(EngineKey older) {
    List<String> differences = new ArrayList<>();
    compare(older.request, request, differences);
    compare(older.machine, machine, differences);
    return differences;
  }

  private static void compare(
      Map<String, String> older, Map<String, String> newer, List<String> differences) {
    newer.forEach((name, value) -> {
      String before = older.getOrDefault(name, "not recorded");
      if (!before.equals(value)) {
        differences.add("%s was %s, is %s".formatted(name, before, value));
      }
    });
    older.forEach((name, value) -> {
      if (!newer.containsKey(name)) {
        differences.add("%s was %s, is not set".formatted(name, value));
      }
    });
  }

  /// Lengths keep apart what separators in a value could run together.
  private static void append(StringBuilder text, String name, String value) {
    text.append(name.length()).append(':').append(name);
    text.append(value.length()).append(':').append(value).append('\n');
  }

  private static String hash(StringBuilder text) {
    return PlanBytes.sha256(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
