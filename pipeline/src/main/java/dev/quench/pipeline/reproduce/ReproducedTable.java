// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A table as far as its runs are done; made of their files alone.
///
/// @param data name of the data set
/// @param rows all of the published table, also those without a run
public record ReproducedTable(PublishedTable table, String data, List<TableRow> rows) {
  public ReproducedTable {
    rows = List.copyOf(rows);
  }

  /// @throws java.util.NoSuchElementException if the table has no row of this name
  public TableRow row(String name) {
    return rows.stream().filter(row -> row.row().name().equals(name)).findFirst().orElseThrow();
  }

  /// Reads the files of the runs.
  ///
  /// @throws dev.quench.pipeline.PipelineException if one is damaged
  public static ReproducedTable of(PublishedTable table, String data, RunFiles files)
      throws IOException {
    Map<String, List<RunRecord>> runs = new LinkedHashMap<>();
    for (Row row : table.rows()) {
      runs.put(row.name(), files.all(row));
    }
    return new ReproducedTable(
        table, data, table.rows().stream().map(row -> TableRow.of(row, runs)).toList());
  }
}
