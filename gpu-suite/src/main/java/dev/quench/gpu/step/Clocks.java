// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Reads the clocks of the first GPU under load with `nvidia-smi`, if the program is installed.
final class Clocks {
  private static final List<String> FIELDS =
      List.of(
          "clocks.sm",
          "clocks.mem",
          "clocks.max.sm",
          "clocks_event_reasons.active",
          "pstate",
          "temperature.gpu",
          "power.draw",
          "utilization.gpu");
  private static final int SECONDS = 10;

  private Clocks() {}

  /// Takes one reading; on failure only `problem` is set.
  static Map<String, String> read() throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(
                  "nvidia-smi",
                  "--id=0",
                  "--format=csv,noheader",
                  "--query-gpu=" + String.join(",", FIELDS))
              .redirectErrorStream(true)
              .start();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return Map.of("problem", "nvidia-smi did not finish within " + SECONDS + " s");
      }
      String line =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      String[] values = line.split(",\\s*", -1);
      if (process.exitValue() != 0 || values.length != FIELDS.size()) {
        return Map.of("problem", "nvidia-smi: " + line);
      }
      Map<String, String> reading = new LinkedHashMap<>();
      for (int i = 0; i < values.length; i++) {
        reading.put(FIELDS.get(i), values[i]);
      }
      return reading;
    } catch (IOException e) {
      return Map.of("problem", "cannot run nvidia-smi: " + e.getMessage());
    }
  }
}
