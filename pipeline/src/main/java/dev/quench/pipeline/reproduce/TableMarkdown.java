// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/// A reproduced table as Markdown.
final class TableMarkdown {
  private static final String NONE = "–";

  private TableMarkdown() {}

  static String of(ReproducedTable table) {
    StringBuilder text = new StringBuilder();
    text.append("# ").append(table.table().title()).append(" on ").append(table.data());
    text.append("\n\n`./quench reproduce ").append(table.table().name());
    text.append(
        """
        ` makes this page from the files of the finished runs.

        - **epochs**: of this row; before a `+`, those of the float network it starts from. Such a row gains partly because it is trained
          longer than the network it is compared with.
        - **top-1**: mean over the seeds, on the test set, of the exported model on ONNX Runtime without graph optimization.
        - **loss**: points of top-1 against the float network named under *against*, of the same seeds on the same images, ± one standard
          error by McNemar, pooled over the seeds. **allowed**: the published loss and two standard errors.
        - **differ**: images, over all seeds, on which an exported model predicts otherwise than the trainer's evaluation did.
        - **size**: of the ONNX file with binary and ternary weights packed; *by formula*: as the published sizes are counted, at this width.
        - **published**: the authors' figures, on another data set and at another width; not comparable.

        """);
    text.append(
        "| row | network | W / A | seeds | epochs | top-1 | against | loss | allowed | holds | differ | size | by formula | parameters | MACs | minutes a run | published: data | top-1 | loss | MB |\n");
    text.append(
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    table.rows().forEach(row -> text.append(line(row, epochs(table, row))));
    return text.toString();
  }

  private static String line(TableRow row, Optional<String> epochs) {
    Row declared = row.row();
    Optional<RunRecord> run = row.runs().stream().findFirst();
    Optional<PairedLoss> loss = row.loss();
    OptionalDouble bound = declared.published().loss();
    return "| "
        + String.join(
            " | ",
            declared.name(),
            declared.title(),
            declared.weights() + " / " + declared.activations(),
            run.isEmpty()
                ? NONE
                : row.runs().stream()
                    .map(each -> String.valueOf(each.seed()))
                    .collect(Collectors.joining(", ")),
            text(epochs),
            text(run.map(_ -> format("%.2f %%", row.meanTop1()))),
            text(declared.reference()),
            text(loss.map(each -> format("%.2f ± %.2f", each.points(), each.standardError()))),
            text(
                loss.filter(_ -> bound.isPresent())
                    .map(each -> format("%.2f", each.allowed(bound.getAsDouble())))),
            text(row.holds().map(holds -> holds ? "yes" : "no")),
            text(run.map(_ -> differences(row.runs()))),
            text(run.map(each -> megabytes(each.packedBytes()))),
            text(run.map(each -> megabytes(each.publishedFormulaBytes()))),
            text(run.map(each -> format("%,d", each.parameters()))),
            text(run.map(each -> format("%.1f M", each.macs() / 1e6))),
            text(run.map(_ -> minutes(row.runs()))),
            declared.published().data(),
            format("%.2f %%", declared.published().accuracy()),
            number(bound, "%.2f"),
            number(declared.published().megabytes(), "%.3f"))
        + " |\n";
  }

  private static Optional<String> epochs(ReproducedTable table, TableRow row) {
    Optional<RunRecord> run = row.runs().stream().findFirst();
    Optional<String> start = row.row().startsFrom();
    if (run.isEmpty() || start.isEmpty()) {
      return run.map(TableMarkdown::epochs);
    }
    String before =
        table.row(start.get()).runs().stream()
            .filter(other -> other.seed() == run.get().seed())
            .findFirst()
            .map(TableMarkdown::epochs)
            .orElse("?");
    return Optional.of(before + " + " + epochs(run.get()));
  }

  private static String epochs(RunRecord run) {
    return String.valueOf(run.epochs().size());
  }

  private static String differences(List<RunRecord> runs) {
    int most =
        runs.stream()
            .mapToInt(run ->
                run.differences().values().stream().mapToInt(Integer::intValue).max().orElse(0))
            .sum();
    return "%d of %d".formatted(most, runs.stream().mapToInt(RunRecord::samples).sum());
  }

  private static String minutes(List<RunRecord> runs) {
    return format(
        "%.0f", runs.stream().mapToDouble(RunRecord::wallSeconds).average().orElse(0) / 60);
  }

  private static String megabytes(long bytes) {
    return format("%.3f MB", bytes / 1e6);
  }

  private static String number(OptionalDouble value, String pattern) {
    return value.isPresent() ? format(pattern, value.getAsDouble()) : NONE;
  }

  private static String text(Optional<String> text) {
    return text.orElse(NONE);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}
