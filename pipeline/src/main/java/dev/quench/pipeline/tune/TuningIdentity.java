// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.digest.Sha256;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.pipeline.tune.plan.TuningSpace;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Dataset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What measurements depend on: those of another identity say nothing.
///
/// @param model digest of the prepared model
/// @param table digest of the ranges
/// @param target with the digest of its regions
/// @param backend version and device
/// @param data digest of the samples that variants are judged on, their number, and the metric
record TuningIdentity(String model, String table, String target, String backend, String data) {
  /// @param version of the backend
  /// @param samples to judge on, at most
  static TuningIdentity of(
      Model model,
      CalibrationTable ranges,
      TuningSpace space,
      String version,
      Dataset data,
      int samples,
      Optional<Metric> metric) {
    return new TuningIdentity(
        ModelDigest.of(model),
        Sha256.hex(ranges.toJson().getBytes(StandardCharsets.UTF_8)),
        space.target().name() + " " + space.digest(),
        version,
        "%s, %d samples, %s"
            .formatted(data.digest(), samples, metric.map(Metric::name).orElse("fidelity")));
  }

  /// By their names in files.
  Map<String, String> fields() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("model", model);
    fields.put("table", table);
    fields.put("target", target);
    fields.put("backend", backend);
    fields.put("data", data);
    return fields;
  }
}
