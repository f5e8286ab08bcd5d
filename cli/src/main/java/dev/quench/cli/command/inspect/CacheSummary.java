// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.inspect;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.table.TensorRange;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.cli.output.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A calibration cache of TensorRT in short.
record CacheSummary(Path file, TensorRtCache cache) implements StoredResult {
  @Override
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: calibration cache of TensorRT %s, %d tensors by %s"
            .formatted(file, cache.version(), cache.scales().size(), cache.algorithm().spelling()));
    lines.add("it names no model; the calibration table written with it does");
    spread().ifPresent(spread -> lines.addAll(spread.lines()));
    return lines;
  }

  @Override
  public ObjectNode json() {
    ObjectNode root =
        Json.object()
            .put("kind", "cache")
            .put("file", file.toString())
            .put("tensorrt", cache.version().toString())
            .put("method", cache.algorithm().spelling())
            .put("tensors", cache.scales().size());
    spread().ifPresent(spread -> root.set("thresholds", spread.json()));
    return root;
  }

  /// Of the thresholds, which map to 127.
  private Optional<RangeSpread> spread() {
    return RangeSpread.of(
        cache.scales().entrySet().stream()
            .map(each ->
                new RangeSpread.Range(each.getKey(), (double) each.getValue() * TensorRange.LEVELS))
            .toList());
  }
}
