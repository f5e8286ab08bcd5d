// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import dev.quench.compress.prune.PruningSpace;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.pipeline.PipelineException;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/// What latencies and losses depend on: those of another identity say nothing.
///
/// @param model digest of the original
/// @param backend name and version, with the machine
/// @param inputs shapes that times are measured at
/// @param widths digest of the groups, their widths and the order in which channels go
/// @param data digest of the samples that losses are measured on, and the metric
record SearchIdentity(String model, String backend, String inputs, String widths, String data) {
  static SearchIdentity of(
      PruningSpace space, Backend backend, Map<String, Shape> shapes, String data) {
    return new SearchIdentity(
        ModelDigest.of(space.original()),
        version(backend),
        shapes.toString(),
        space.digest(),
        data);
  }

  private static String version(Backend backend) {
    return switch (backend.availability()) {
      case Availability.Available(String description) ->
          "%s, %s, %d processors"
              .formatted(backend.name(), description, Runtime.getRuntime().availableProcessors());
      case Availability.Unavailable(String reason, String remedy) ->
          throw new PipelineException(
              "latencies cannot be measured on %s here: %s; %s"
                  .formatted(backend.name(), reason, remedy));
    };
  }

  /// By their names in files.
  Map<String, String> fields() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("model", model);
    fields.put("backend", backend);
    fields.put("inputs", inputs);
    fields.put("widths", widths);
    fields.put("data", data);
    return fields;
  }
}
