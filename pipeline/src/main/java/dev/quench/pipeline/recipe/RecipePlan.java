// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import dev.quench.digest.Sha256;
import dev.quench.io.RegularFile;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.recipe.step.StepKind;
import dev.quench.report.Environment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds the key of each step of a recipe.
///
/// A key covers all that decides a step's result, those of the steps before included, so a step
/// whose options, data or inputs change has another key, and so has all that follows from it.
final class RecipePlan {
  private static final int SHOWN = 12;

  private final Recipe recipe;
  private final Map<String, PlannedStep> planned = new LinkedHashMap<>();
  private Optional<String> dataDigest = Optional.empty();

  private RecipePlan(Recipe recipe) {
    this.recipe = recipe;
  }

  /// @return the steps in the recipe's order
  static List<PlannedStep> of(Recipe recipe, Path work) throws IOException {
    RecipePlan plan = new RecipePlan(recipe);
    List<PlannedStep> steps = new ArrayList<>();
    for (RecipeStep step : recipe.steps()) {
      String key = plan.key(step);
      PlannedStep each =
          new PlannedStep(step, key, work.resolve(step.name() + "-" + key.substring(0, SHOWN)));
      plan.planned.put(step.name(), each);
      steps.add(each);
    }
    return steps;
  }

  private String key(RecipeStep step) throws IOException {
    StepKind kind = step.kind();
    StringBuilder text = new StringBuilder();
    text.append(kind.name()).append(" edition ").append(kind.edition()).append('\n');
    text.append("version ").append(Environment.version()).append('\n');
    text.append("seed ").append(recipe.seed()).append('\n');
    text.append("threads ").append(recipe.threads()).append('\n');
    step.options()
        .values()
        .forEach((name, value) ->
            text.append("option ").append(name).append('=').append(value).append('\n'));
    for (Map.Entry<String, RecipeStep.Source> source : step.sources().entrySet()) {
      text.append("takes ").append(source.getKey()).append('=');
      switch (source.getValue()) {
        case RecipeStep.Source.Step(String name, String artifact) -> {
          PlannedStep giver = planned.get(name);
          if (giver == null) {
            throw new IllegalStateException("step " + name + " is not planned before its taker");
          }
          text.append(artifact).append(" of ").append(giver.key());
        }
        case RecipeStep.Source.File(Path path) -> {
          requireNotWritten(step, path);
          text.append(RegularFile.sha256(path));
          Path weights = OnnxWriter.dataFile(path);
          if (Files.isRegularFile(weights)) {
            text.append(" and ").append(RegularFile.sha256(weights));
          }
        }
      }
      text.append('\n');
    }
    String resolved = kind.resolved(step.options());
    if (!resolved.isEmpty()) {
      text.append("chosen ").append(resolved).append('\n');
    }
    if (kind.readsData(step.options())) {
      text.append("data ").append(data()).append('\n');
    }
    return Sha256.hex(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /// A file that this recipe writes is what a step gives, and is to be taken by that step's name.
  private void requireNotWritten(RecipeStep reader, Path path) {
    for (RecipeStep step : recipe.steps()) {
      if (step.output().filter(path::equals).isPresent()) {
        throw new PipelineException(
            "line %d, %s: reads %s, which step '%s' writes; name the step instead"
                .formatted(reader.line(), reader.name(), path, step.name()));
      }
    }
  }

  private String data() throws IOException {
    if (dataDigest.isEmpty()) {
      StringBuilder text = new StringBuilder();
      if (recipe.data().isPresent()) {
        text.append(DataDigest.of(recipe.data().get()));
      }
      if (recipe.preprocessing().isPresent()) {
        String declared = recipe.preprocessing().get();
        Path file = StepReader.resolved(recipe.file(), Path.of(declared));
        text.append(Files.isRegularFile(file) ? RegularFile.sha256(file) : declared);
      }
      dataDigest = Optional.of(text.toString());
    }
    return dataDigest.get();
  }
}
