// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.option.TuningOptions;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.export.target.ExportTarget;
import dev.quench.graph.Model;
import dev.quench.io.AtomicFile;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.quantize.AccuracyBound;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.tune.RegionChoice;
import dev.quench.pipeline.tune.TuningJson;
import dev.quench.pipeline.tune.TuningOutcome;
import dev.quench.pipeline.tune.TuningRecipe;
import dev.quench.pipeline.tune.TuningResult;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Runs a tuning recipe, writes what it found and prints it.
record TunedQuantization(
    QuenchCommand command,
    TuningOptions options,
    ModelFile file,
    Path output,
    @Nullable ExportTarget target) {
  /// @param judged what the report evaluates on
  /// @param metric empty where the data have no labels
  /// @throws CheckFailedException if no quantized model reaches the bound
  void run(TuningRecipe recipe, AccuracyBound asked, Dataset judged, Optional<Metric> metric)
      throws IOException {
    if (asked instanceof AccuracyBound.MaxDrop && metric.isEmpty()) {
      throw new CommandException(
          "--max-drop is judged by a metric on labels, which these data or --metric lack; give --min-cosine");
    }
    metric.ifPresent(recipe::metric);
    TuningResult result =
        recipe
            .bound(bound(asked))
            .budget(options.budget())
            .samples(options.samples())
            .state(options.state(output))
            .run();
    if (result.ranges().isUncalibrated()) {
      command.note(
          "warning: UNCALIBRATED: the ranges were found on random data; use this model for trials only");
    }
    TuningOutcome outcome = result.outcome();
    ObjectNode root = Json.object();
    Optional<Model> chosen = chosen(result);
    if (chosen.isPresent()) {
      write(chosen.get(), root);
    }
    long written = chosen.isPresent() ? ModelFile.writtenBytes(chosen.get(), output) : 0;
    Path page = options.page(output);
    AtomicFile.writeString(
        page,
        result.toHtml(
            "Tuning of " + file.name(),
            judged,
            metric,
            file.sizeBytes(),
            written,
            command.progress()));
    print(outcome, written);
    command.say("points: %s, report: %s".formatted(options.state(output), page));
    root.put("output", chosen.isPresent() ? output.toString() : null)
        .put("sizeBytes", written)
        .put("uncalibrated", result.ranges().isUncalibrated())
        .put("state", options.state(output).toString())
        .put("page", page.toString())
        .setAll((ObjectNode) Json.parse(TuningJson.of(outcome)));
    command.report(root);
    if (!outcome.isBoundReached()) {
      throw new CheckFailedException(outcome.whyFloat() + "; " + unreached(chosen, result));
    }
  }

  /// One bound alone where one is given.
  private static LossBound bound(AccuracyBound asked) {
    return switch (asked) {
      case AccuracyBound.None() -> LossBound.USUAL;
      case AccuracyBound.MinCosine(double cosine) -> LossBound.ofCosine(cosine);
      case AccuracyBound.MaxDrop(double points, long _) -> LossBound.ofDrop(points / 100);
    };
  }

  /// What is to be written, if anything.
  private Optional<Model> chosen(TuningResult result) {
    if (result.outcome().isBoundReached()) {
      return Optional.of(result.model());
    }
    return options.keepsBest() ? result.closest() : Optional.empty();
  }

  private String unreached(Optional<Model> chosen, TuningResult result) {
    if (chosen.isPresent()) {
      return output + " holds that one all the same";
    }
    return result.closest().isPresent()
        ? "nothing is written (--keep-best writes that one)"
        : "it is not faster than FP32; nothing is written";
  }

  private void write(Model model, ObjectNode root) throws IOException {
    if (target != null) {
      TargetCheck check = TargetCheck.of(target, model, command);
      if (!check.passes()) {
        check.print(root, command);
        command.report(root);
        throw check.failure("omit --target to write it anyway");
      }
    }
    OnnxWriter.write(model, output);
  }

  private void print(TuningOutcome outcome, long written) {
    for (RegionChoice choice : RegionChoice.of(outcome)) {
      int alike = choice.pattern().regions().size();
      command.say(
          "  %s%s: %s (%s)"
              .formatted(
                  choice.pattern().region().name(),
                  alike == 1 ? "" : " and %d alike".formatted(alike - 1),
                  choice.scheme(),
                  choice.reason()));
    }
    outcome
        .best()
        .ifPresentOrElse(
            best -> command.say("%s: %s".formatted(output, best.verdict())),
            () -> {
              if (written > 0) {
                command.say("%s: FP32 stays: %s".formatted(output, outcome.whyFloat()));
              }
            });
  }
}
