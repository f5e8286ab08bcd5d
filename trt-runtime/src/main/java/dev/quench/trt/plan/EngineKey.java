// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Everything that determines the result of a build, as readable facts by name. Builds with equal
/// keys give interchangeable engines.
///
/// @param request the request: model, options, profiles, ranges, plug-ins
/// @param machine the environment: TensorRT, CUDA, GPU, platform
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

  /// SHA-256 over the environment: equal for all engines of machines of one kind.
  public String machineDigest() {
    return digest(machine);
  }

  /// SHA-256 over the request: equal for the engines of one request on several machines.
  public String requestDigest() {
    return digest(request);
  }

  private static String digest(Map<String, String> facts) {
    StringBuilder text = new StringBuilder();
    facts.forEach((name, value) -> append(text, name, value));
    return hash(text);
  }

  /// The differences from `older`, each like `GPU was NVIDIA L4, is NVIDIA H100`.
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

  /// Lengths keep values apart that contain separators.
  private static void append(StringBuilder text, String name, String value) {
    text.append(name.length()).append(':').append(name);
    text.append(value.length()).append(':').append(value).append('\n');
  }

  private static String hash(StringBuilder text) {
    return PlanBytes.sha256(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
