// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import dev.quench.data.source.DataSource;
import dev.quench.io.RegularFile;
import dev.quench.run.SessionOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads a recipe: a YAML file with `steps`, a list of mappings that each name their kind under
/// `step`, and optionally `data`, `preprocess`, `seed` and `threads` for all.
public final class RecipeFile {
  private static final int MAX_BYTES = 1 << 16;
  private static final int MOST_STEPS = 100;
  private static final int MOST_THREADS = 1024;

  private final Path file;
  private Optional<DataSource> data = Optional.empty();
  private Optional<String> preprocessing = Optional.empty();
  private long seed = 1;
  private int threads = SessionOptions.DEFAULT.threads();
  private List<RecipeStep> steps = List.of();

  private RecipeFile(Path file) {
    this.file = file;
  }

  /// Reads and checks a recipe; runs nothing.
  ///
  /// @throws RecipeSyntaxException if it is not YAML, or has an unknown step, an unknown or wrong
  ///   option, an artifact that no step gives, or steps that need each other in a circle: names the
  ///   line
  /// @throws IOException if it cannot be read
  public static Recipe read(Path file) throws IOException {
    String text = RegularFile.readText(file, MAX_BYTES);
    try {
      return new RecipeFile(file).parse(text);
    } catch (RecipeSyntaxException e) {
      throw e.in(file);
    }
  }

  private Recipe parse(String text) {
    YamlMapping root = YamlMapping.of(YamlGuard.read(text), "a mapping with steps:");
    root.entries().forEach(this::top);
    if (steps.isEmpty()) {
      throw new RecipeSyntaxException(root.line(), "no steps; expected steps: and a list");
    }
    return new Recipe(file, data, preprocessing, seed, threads, StepOrder.of(steps));
  }

  private void top(String key, YamlMapping.Entry entry) {
    try {
      switch (key) {
        case "data" -> data = Optional.of(data(YamlMapping.scalar(key, entry)));
        case "preprocess" -> preprocessing = Optional.of(YamlMapping.scalar(key, entry));
        case "seed" -> seed = Long.parseLong(YamlMapping.scalar(key, entry));
        case "threads" -> {
          threads = Integer.parseInt(YamlMapping.scalar(key, entry));
          if (threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException(
                "threads: got %d, expected 1 to %d".formatted(threads, MOST_THREADS));
          }
        }
        case "steps" -> steps = steps(entry);
        default ->
            throw new IllegalArgumentException(
                "unknown option '%s'; expected data, preprocess, seed, threads or steps"
                    .formatted(key));
      }
    } catch (NumberFormatException e) {
      throw new RecipeSyntaxException(
          entry.line(),
          "%s: got '%s', expected a whole number".formatted(key, YamlMapping.scalar(key, entry)));
    } catch (IllegalArgumentException e) {
      throw new RecipeSyntaxException(entry.line(), String.valueOf(e.getMessage()));
    }
  }

  /// Paths are relative to the recipe's folder.
  private DataSource data(String text) {
    return switch (DataSource.parse(text)) {
      case DataSource.Idx(Path path) -> new DataSource.Idx(resolved(path));
      case DataSource.Cifar10(Path folder) -> new DataSource.Cifar10(resolved(folder));
      case DataSource.Svhn(Path path) -> new DataSource.Svhn(resolved(path));
      case DataSource.Images(Path path, Optional<Path> labels) ->
          new DataSource.Images(resolved(path), labels.map(this::resolved));
      case DataSource.Npz(Path archive) -> new DataSource.Npz(resolved(archive));
      case DataSource.Npy(Map<String, Path> files) -> {
        Map<String, Path> inFolder = new LinkedHashMap<>();
        files.forEach((name, path) -> inFolder.put(name, resolved(path)));
        yield new DataSource.Npy(inFolder);
      }
      case DataSource.Segmentation _, DataSource.Coco _, DataSource.Text _ ->
          throw new IllegalArgumentException(
              "data: got '%s', expected data with class labels: idx:DIR, cifar10:DIR, svhn:FILE, images:DIR, npy:NAME=FILE,... or npz:FILE"
                  .formatted(text));
    };
  }

  private Path resolved(Path path) {
    return StepReader.resolved(file, path);
  }

  private List<RecipeStep> steps(YamlMapping.Entry entry) {
    if (!(entry.value() instanceof SequenceNode list)) {
      throw new RecipeSyntaxException(entry.line(), "steps: expected a list of steps");
    }
    if (list.getValue().isEmpty()) {
      throw new RecipeSyntaxException(
          entry.line(), "steps: the list is empty, expected at least one step");
    }
    if (list.getValue().size() > MOST_STEPS) {
      throw new RecipeSyntaxException(
          entry.line(),
          "%d steps, at most %d are read".formatted(list.getValue().size(), MOST_STEPS));
    }
    List<RecipeStep> read = new ArrayList<>();
    StepReader reader = new StepReader(file, StepReader.names(list));
    for (Node node : list.getValue()) {
      read.add(reader.read(node));
    }
    return read;
  }
}
