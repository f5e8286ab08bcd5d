// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import dev.quench.QuenchException;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.image.PreprocessingPresets;
import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.recipe.step.StepContext;
import dev.quench.pipeline.recipe.step.StepData;
import dev.quench.pipeline.recipe.step.StepOutcome;
import dev.quench.run.StoppedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Runs a recipe: each step once, in a folder of its name and key. What a former run has done is
/// taken from there; a step that was interrupted goes on. Not for two processes in one folder at
/// once.
public final class RecipeRun {
  private final Recipe recipe;
  private final Path work;
  private final RecipeListener listener;
  private final Map<String, StepResult> done = new LinkedHashMap<>();

  /// @param work folder of all steps; created if it is missing
  public RecipeRun(Recipe recipe, Path work, RecipeListener listener) {
    this.recipe = recipe;
    this.work = work;
    this.listener = listener;
  }

  /// A step and whether its result is there.
  public record Status(PlannedStep planned, boolean cached) {}

  /// What is done and what would run; runs nothing.
  ///
  /// @throws IOException if a file that the recipe names cannot be read
  public List<Status> status() throws IOException {
    List<Status> list = new ArrayList<>();
    for (PlannedStep planned : RecipePlan.of(recipe, work)) {
      list.add(new Status(planned, StepRecord.read(planned.folder(), planned.key()).isPresent()));
    }
    return list;
  }

  /// Runs what is not done and copies what steps give to where their `output` says.
  ///
  /// @return one result a step, in order
  /// @throws CheckFailedException if a step's result does not hold a bound; what follows is not run
  /// @throws QuenchException if a step fails, naming its line
  /// @throws StoppedException if the process was asked to end, naming the step's line
  /// @throws IOException if a file cannot be read or written
  public List<StepResult> run() throws IOException {
    Files.createDirectories(work);
    for (PlannedStep planned : RecipePlan.of(recipe, work)) {
      Optional<StepRecord> before = StepRecord.read(planned.folder(), planned.key());
      StepRecord record = before.isPresent() ? before.get() : execute(planned);
      StepResult result = result(planned, record, before.isPresent());
      done.put(planned.step().name(), result);
      listener.result(line(result));
      if (!record.failure().isEmpty()) {
        throw new CheckFailedException(where(planned.step()) + record.failure());
      }
      copyOutput(planned.step(), result);
    }
    return List.copyOf(done.values());
  }

  private StepRecord execute(PlannedStep planned) throws IOException {
    RecipeStep step = planned.step();
    Files.createDirectories(planned.folder());
    StepRecord.delete(planned.folder());
    listener.note(step.name() + ": running");
    long start = System.nanoTime();
    StepOutcome outcome;
    try {
      outcome = step.kind().run(context(planned));
    } catch (CheckFailedException e) {
      throw new CheckFailedException(where(step) + e.getMessage());
    } catch (StoppedException e) {
      throw new StoppedException(where(step) + e.getMessage() + "; run the recipe again to go on");
    } catch (QuenchException e) {
      throw new PipelineException(where(step) + e.getMessage(), e);
    }
    Map<String, StepRecord.StoredFile> files = new LinkedHashMap<>();
    for (Map.Entry<String, Path> file : outcome.files().entrySet()) {
      files.put(
          file.getKey(),
          new StepRecord.StoredFile(
              String.valueOf(file.getValue().getFileName()), RegularFile.sha256(file.getValue())));
    }
    StepRecord record =
        new StepRecord(
            planned.key(),
            (System.nanoTime() - start) / 1e9,
            files,
            outcome.figures(),
            outcome.failure().orElse(""));
    record.write(planned.folder());
    return record;
  }

  private String where(RecipeStep step) {
    return "%s, line %d, step %s: ".formatted(recipe.file(), step.line(), step.name());
  }

  private StepContext context(PlannedStep planned) throws IOException {
    Map<String, Path> artifacts = new LinkedHashMap<>();
    planned.step().sources().forEach((option, source) -> artifacts.put(option, file(source)));
    return new StepContext(
        planned.folder(),
        planned.step().options(),
        artifacts,
        data(),
        recipe.seed(),
        recipe.threads(),
        listener);
  }

  private Path file(RecipeStep.Source source) {
    return switch (source) {
      case RecipeStep.Source.File(Path path) -> path;
      case RecipeStep.Source.Step(String name, String artifact) -> {
        StepResult giver = done.get(name);
        Path file = giver == null ? null : giver.files().get(artifact);
        if (file == null) {
          throw new IllegalStateException("step %s has not given its %s".formatted(name, artifact));
        }
        yield file;
      }
    };
  }

  private Optional<StepData> data() throws IOException {
    if (recipe.data().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new StepData(recipe.data().get(), preprocessing()));
  }

  /// A file of that name goes before a preset.
  private Optional<Preprocessing> preprocessing() throws IOException {
    if (recipe.preprocessing().isEmpty()) {
      return Optional.empty();
    }
    String declared = recipe.preprocessing().get();
    Path file = StepReader.resolved(recipe.file(), Path.of(declared));
    if (Files.exists(file)) {
      return Optional.of(Preprocessing.read(file));
    }
    Preprocessing preset = PreprocessingPresets.all().get(declared);
    if (preset == null) {
      throw new PipelineException(
          "preprocess: '%s' is neither a file nor one of the presets %s"
              .formatted(declared, String.join(", ", PreprocessingPresets.all().keySet())));
    }
    return Optional.of(preset);
  }

  private static StepResult result(PlannedStep planned, StepRecord record, boolean cached) {
    Map<String, Path> files = new LinkedHashMap<>();
    record
        .files()
        .forEach((artifact, file) -> files.put(artifact, planned.folder().resolve(file.name())));
    return new StepResult(
        planned.step(), planned.key(), cached, record.seconds(), files, record.figures());
  }

  private static String line(StepResult result) {
    String figures =
        result.figures().entrySet().stream()
            .map(figure -> figure.getKey() + " " + number(figure.getValue()))
            .collect(Collectors.joining(", "));
    return "%s: %s%s"
        .formatted(
            result.step().name(),
            result.cached()
                ? "done before"
                : String.format(Locale.ROOT, "done in %.1f s", result.seconds()),
            figures.isEmpty() ? "" : ": " + figures);
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.valueOf((long) value)
        : String.format(Locale.ROOT, "%.4f", value);
  }

  /// Leaves a file alone that is as it should be.
  private void copyOutput(RecipeStep step, StepResult result) throws IOException {
    if (step.output().isEmpty()) {
      return;
    }
    Path target = step.output().get();
    Path source = result.files().values().iterator().next();
    if (!Files.isRegularFile(target) || Files.mismatch(source, target) >= 0) {
      Path data = OnnxWriter.dataFile(source);
      if (Files.isRegularFile(data)) {
        AtomicFile.write(OnnxWriter.dataFile(target), out -> Files.copy(data, out));
      }
      AtomicFile.write(target, out -> Files.copy(source, out));
    }
    listener.result("   " + target);
  }
}
