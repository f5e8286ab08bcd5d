// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.OutputFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.VectorKernels;
import dev.quench.data.source.DataSource;
import dev.quench.pipeline.recipe.Recipe;
import dev.quench.pipeline.recipe.RecipeFile;
import dev.quench.pipeline.recipe.RecipeRun;
import dev.quench.pipeline.recipe.RecipeStep;
import dev.quench.pipeline.recipe.StepResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs the steps of a recipe.
@Command(
    name = "recipe",
    header = "Runs a file of steps, from training to evaluation.",
    description = {
      "Runs the steps that a small YAML file lists: train, sparse-train, fine-tune, distill, prune, qat, ptq, qaft, optimize, calibrate, quantize, export, eval. "
          + "Each step is stored by the hash of what it was made of; run again, only what changed and what follows from it is done, "
          + "and an interrupted step goes on.",
      "docs/recipes.md describes the file."
    },
    footer = "  quench recipe int8.yaml --work run")
@VectorKernels
public final class RecipeCommand extends QuenchCommand {
  @Parameters(paramLabel = "FILE", description = "The recipe.")
  private Path file;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      defaultValue = "quench-recipe",
      description = "Folder for what the steps give; default ${DEFAULT-VALUE}.")
  private Path work;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      description = "The data, in place of those that the recipe names.")
  private @Nullable String data;

  @Option(names = "--dry-run", description = "Show what is done and what would run; run nothing.")
  private boolean dryRun;

  @Override
  public void execute() throws IOException {
    Recipe recipe = RecipeFile.read(file);
    if (data != null) {
      try {
        recipe = recipe.withData(DataSource.parse(data));
      } catch (IllegalArgumentException e) {
        throw wrongUsage("--data: " + e.getMessage());
      }
    }
    if (!dryRun) {
      checkOutputs(
          recipe.steps().stream().flatMap(step -> step.output().stream()).toArray(Path[]::new));
    }
    RecipeRun run = new RecipeRun(recipe, work, listener());
    if (dryRun) {
      show(run.status());
    } else {
      OutputFile.prepareFolder(work);
      print(run.run());
    }
  }

  private void show(List<RecipeRun.Status> steps) {
    ArrayNode list = Json.object().putArray("steps");
    for (RecipeRun.Status status : steps) {
      String what = status.cached() ? "done before" : "would run";
      RecipeStep step = status.planned().step();
      say("%s: %s, line %d: %s".formatted(step.name(), step.kind().name(), step.line(), what));
      fill(list.addObject(), step, status.planned().key(), status.cached());
    }
    report(Json.object().set("steps", list));
  }

  private void print(List<StepResult> results) {
    ArrayNode list = Json.object().putArray("steps");
    for (StepResult result : results) {
      ObjectNode node = list.addObject();
      fill(node, result.step(), result.key(), result.cached());
      node.put("seconds", result.seconds());
      ObjectNode files = node.putObject("files");
      result.files().forEach((artifact, path) -> files.put(artifact, path.toString()));
      ObjectNode figures = node.putObject("figures");
      result.figures().forEach(figures::put);
    }
    report(Json.object().set("steps", list));
  }

  private static void fill(ObjectNode node, RecipeStep step, String key, boolean cached) {
    node.put("name", step.name()).put("step", step.kind().name()).put("line", step.line());
    node.put("key", key).put("cached", cached);
  }
}
