// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.pipeline.PipelineException;
import java.util.List;
import java.util.stream.Collectors;

/// A table that can be trained anew.
///
/// @param name on the command line and in names of files
/// @param title of the document
/// @param rows a row stands behind those that it is compared with or starts from
public record PublishedTable(String name, String title, List<Row> rows) {
  public PublishedTable {
    rows = List.copyOf(rows);
  }

  /// All tables.
  public static List<PublishedTable> all() {
    return List.of(MicronetTable.table(), BinaryNetTable.table());
  }

  /// @throws IllegalArgumentException if the name is unknown; lists the known ones
  public static PublishedTable named(String name) {
    return all().stream()
        .filter(table -> table.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown table '%s'; expected %s"
                    .formatted(
                        name,
                        all().stream()
                            .map(PublishedTable::name)
                            .collect(Collectors.joining(" or ")))));
  }

  /// @throws PipelineException if the name is unknown; lists the rows
  public Row row(String rowName) {
    return rows.stream()
        .filter(row -> row.name().equals(rowName))
        .findFirst()
        .orElseThrow(() ->
            new PipelineException(
                "table %s has no row '%s'; expected %s"
                    .formatted(
                        name,
                        rowName,
                        rows.stream().map(Row::name).collect(Collectors.joining(", ")))));
  }
}
