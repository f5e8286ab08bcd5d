// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.calibration.table.TableHeader;
import dev.quench.eval.cluster.ClusterException;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;

/// What decides the last bits of an executor's results: its instruction set, the runtime and its
/// version, and the version of Quench.
record ExecutorKind(String instructions, String runtime, String tool) {
  /// The extensions for which ONNX Runtime has kernels of their own.
  private static final Set<String> EXTENSIONS =
      Set.of(
          "sse4_1",
          "avx",
          "avx2",
          "fma",
          "f16c",
          "avx_vnni",
          "avx512f",
          "avx512bw",
          "avx512vl",
          "avx512_vnni",
          "avx512_bf16",
          "amx_int8",
          "amx_bf16",
          "asimd",
          "asimdhp",
          "asimddp",
          "i8mm",
          "bf16",
          "sve");

  /// Of this process.
  ///
  /// @throws BackendException if the backend cannot run here, saying why and what to do
  static ExecutorKind here(Backend backend) {
    return switch (backend.availability()) {
      case Availability.Available(String description) ->
          new ExecutorKind(instructionSet(), description, TableHeader.thisTool());
      case Availability.Unavailable(String reason, String remedy) ->
          throw new BackendException(reason + "; " + remedy);
    };
  }

  private static String instructionSet() {
    String architecture = System.getProperty("os.arch");
    Path description = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(description)) {
      return architecture + ", extensions unknown";
    }
    try (Stream<String> lines = Files.lines(description)) {
      List<String> flags =
          lines
              .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
              .map(line -> line.substring(line.indexOf(':') + 1).strip().split("\\s+"))
              .findFirst()
              .map(Arrays::asList)
              .orElse(List.of());
      return architecture
          + flags.stream()
              .filter(EXTENSIONS::contains)
              .sorted()
              .map(" "::concat)
              .collect(Collectors.joining());
    } catch (IOException e) {
      return architecture + ", extensions unknown";
    }
  }

  /// Names this executor in messages: `executor 1 on host`.
  static String executor() {
    SparkEnv env = SparkEnv.get();
    return env == null
        ? "this process"
        : "executor %s on %s"
            .formatted(env.executorId(), env.blockManager().blockManagerId().host());
  }

  /// Refuses results of different kinds.
  ///
  /// @param examples an executor of each kind, by the kind's text
  static void requireOne(Map<String, String> examples) {
    if (examples.size() > 1) {
      throw new ClusterException(
          "executors of different kinds took part, and the last bits of their results may differ: %s; use executors of one kind, or allow mixed executors"
              .formatted(
                  examples.entrySet().stream()
                      .map(each -> each.getValue() + " has " + each.getKey())
                      .collect(Collectors.joining(", "))));
    }
  }

  @Override
  public String toString() {
    return "%s, %s, %s".formatted(instructions, runtime, tool);
  }
}
