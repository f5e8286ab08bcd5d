// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.OutlierRemarks;
import dev.quench.calibration.table.CalibrationData;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TableHeader;
import dev.quench.calibration.table.TensorRange;
import java.util.ArrayList;
import java.util.List;

/// Lists the ranges of a calibration table.
public final class RangeList {
  private RangeList() {}

  /// Method, model and ranges for machines.
  public static ObjectNode json(CalibrationTable table) {
    TableHeader header = table.header();
    ObjectNode root = Json.object();
    root.put("method", header.method());
    root.put("modelDigest", header.modelDigest().orElse(""));
    root.put("samples", header.data().stream().mapToLong(CalibrationData::samples).sum());
    root.put("uncalibrated", table.isUncalibrated());
    ArrayNode tensors = root.putArray("tensors");
    for (TensorRange range : table.entries()) {
      tensors
          .addObject()
          .put("name", range.name())
          .put("threshold", range.threshold())
          .put("scale", range.scale())
          .put("min", range.extremes().min())
          .put("max", range.extremes().max())
          .put("method", range.method());
    }
    return root;
  }

  /// A line a tensor, under a heading.
  public static List<String> lines(CalibrationTable table) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("tensor", "threshold", "scale", "min", "max", "method"));
    for (TensorRange range : table.entries()) {
      rows.add(
          List.of(
              range.name(),
              Text.format("%.6g", range.threshold()),
              Text.format("%.6g", range.scale()),
              Text.format("%.6g", range.extremes().min()),
              Text.format("%.6g", range.extremes().max()),
              range.method()));
    }
    return Text.table(1, rows);
  }

  /// Warns of values that were not numbers, and of outliers.
  public static void warn(CalibrationTable table, QuenchCommand command) {
    for (TensorRange range : table.entries()) {
      if (range.counts().nans() + range.counts().infinities() > 0) {
        command.note(
            "warning: tensor '%s' held %d NaN and %d infinite values; its range leaves them out"
                .formatted(range.name(), range.counts().nans(), range.counts().infinities()));
      }
    }
    OutlierRemarks.of(table).forEach(remark -> command.note("warning: " + remark));
  }
}
