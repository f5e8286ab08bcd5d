// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import dev.quench.pipeline.recipe.step.OptionSpec;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.pipeline.recipe.step.OptionSpec.Value;
import dev.quench.pipeline.recipe.step.StepKind;
import dev.quench.pipeline.recipe.step.StepKinds;
import dev.quench.pipeline.recipe.step.StepOptions;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads the steps of one recipe, one after another.
final class StepReader {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,60}");
  private static final String STEP = "step";
  private static final String NAME_KEY = "name";
  private static final String OUTPUT = "output";

  private final Path file;
  private final Map<String, StepKind> kinds;
  private final Map<String, String> lastGiving = new HashMap<>();
  private final Set<Path> outputs = new HashSet<>();

  /// @param named kinds of the steps that are given a name
  StepReader(Path file, Map<String, StepKind> named) {
    this.file = file;
    this.kinds = new HashMap<>(named);
  }

  /// The names that steps are given, so that a step may take what a later one gives.
  static Map<String, StepKind> names(SequenceNode list) {
    Map<String, StepKind> names = new LinkedHashMap<>();
    for (Node node : list.getValue()) {
      YamlMapping step = YamlMapping.of(node, "a step such as '- step: train'");
      YamlMapping.Entry name = step.entries().get(NAME_KEY);
      if (name != null && names.put(name(name), kind(step)) != null) {
        throw new RecipeSyntaxException(
            name.line(), "two steps have the name '%s'".formatted(name(name)));
      }
    }
    return names;
  }

  private static String name(YamlMapping.Entry entry) {
    String name = YamlMapping.scalar(NAME_KEY, entry);
    if (!NAME.matcher(name).matches()) {
      throw new RecipeSyntaxException(
          entry.line(),
          "name: got '%s', expected small letters, digits, '.', '_' and '-'".formatted(name));
    }
    return name;
  }

  private static StepKind kind(YamlMapping step) {
    YamlMapping.Entry entry = step.entries().get(STEP);
    if (entry == null) {
      throw new RecipeSyntaxException(
          step.line(),
          "the step lacks its kind; expected step: and one of "
              + StepKinds.all().stream().map(StepKind::name).collect(Collectors.joining(", ")));
    }
    try {
      return StepKinds.named(YamlMapping.scalar(STEP, entry));
    } catch (IllegalArgumentException e) {
      throw new RecipeSyntaxException(entry.line(), String.valueOf(e.getMessage()));
    }
  }

  RecipeStep read(Node node) {
    YamlMapping step = YamlMapping.of(node, "a step such as '- step: train'");
    StepKind kind = kind(step);
    YamlMapping.Entry given = step.entries().get(NAME_KEY);
    String name = given == null ? freeName(kind.name()) : name(given);
    Map<String, String> values = new LinkedHashMap<>();
    Map<String, RecipeStep.Source> sources = new LinkedHashMap<>();
    Optional<Path> output = Optional.empty();
    for (Map.Entry<String, YamlMapping.Entry> each : step.entries().entrySet()) {
      String key = each.getKey();
      YamlMapping.Entry entry = each.getValue();
      if (key.equals(STEP) || key.equals(NAME_KEY)) {
        continue;
      }
      String text = YamlMapping.scalar(key, entry);
      if (key.equals(OUTPUT)) {
        output = Optional.of(output(text, entry.line()));
        continue;
      }
      OptionSpec spec = spec(kind, key, entry.line());
      if (spec.value() instanceof Value.Artifact(String artifact, Absent _)) {
        sources.put(key, source(text, artifact, entry.line()));
      } else {
        try {
          spec.check(text);
        } catch (IllegalArgumentException e) {
          throw new RecipeSyntaxException(entry.line(), String.valueOf(e.getMessage()));
        }
        values.put(key, text);
      }
    }
    addPrevious(step, kind, sources);
    if (output.isPresent() && sources.containsValue(new RecipeStep.Source.File(output.get()))) {
      throw new RecipeSyntaxException(
          step.line(),
          "output: %s is a file that the step takes and would be replaced; name another"
              .formatted(output.get()));
    }
    StepOptions options = new StepOptions(values);
    try {
      kind.check(options, sources.keySet());
    } catch (IllegalArgumentException e) {
      throw new RecipeSyntaxException(step.line(), String.valueOf(e.getMessage()));
    }
    kinds.put(name, kind);
    kind.gives().forEach(artifact -> lastGiving.put(artifact, name));
    return new RecipeStep(step.line(), kind, name, options, sources, output);
  }

  private String freeName(String kind) {
    String name = kind;
    for (int i = 2; kinds.containsKey(name); i++) {
      name = kind + "-" + i;
    }
    return name;
  }

  private static OptionSpec spec(StepKind kind, String key, int line) {
    return kind.options().stream()
        .filter(option -> option.name().equals(key))
        .findFirst()
        .orElseThrow(() ->
            new RecipeSyntaxException(
                line,
                "unknown option '%s' of step %s; expected %s"
                    .formatted(
                        key,
                        kind.name(),
                        Stream.concat(
                                kind.options().stream().map(OptionSpec::name),
                                Stream.of(NAME_KEY, OUTPUT))
                            .collect(Collectors.joining(", ")))));
  }

  /// A step's name goes before a file's.
  private RecipeStep.Source source(String text, String artifact, int line) {
    StepKind giver = kinds.get(text);
    if (giver != null) {
      if (!giver.gives().contains(artifact)) {
        throw new RecipeSyntaxException(
            line,
            "step '%s' gives %s, expected one that gives a %s"
                .formatted(text, String.join(", ", giver.gives()), artifact));
      }
      return new RecipeStep.Source.Step(text, artifact);
    }
    Path path = path(text, line);
    if (!Files.isRegularFile(path)) {
      throw new RecipeSyntaxException(
          line, "'%s' is neither the name of a step nor a file".formatted(text));
    }
    return new RecipeStep.Source.File(path);
  }

  private void addPrevious(
      YamlMapping step, StepKind kind, Map<String, RecipeStep.Source> sources) {
    for (OptionSpec option : kind.options()) {
      if (option.value() instanceof Value.Artifact(String artifact, Absent absent)
          && absent == Absent.PREVIOUS
          && !sources.containsKey(option.name())) {
        String giver = lastGiving.get(artifact);
        if (giver == null) {
          throw new RecipeSyntaxException(
              step.line(),
              "step %s has no %s: no step before gives one; name a file or a step with %s:"
                  .formatted(kind.name(), artifact, option.name()));
        }
        sources.put(option.name(), new RecipeStep.Source.Step(giver, artifact));
      }
    }
  }

  private Path output(String text, int line) {
    Path output = path(text, line);
    if (!outputs.add(output)) {
      throw new RecipeSyntaxException(line, "two steps have the output '%s'".formatted(text));
    }
    return output;
  }

  private Path path(String text, int line) {
    try {
      return resolved(file, Path.of(text));
    } catch (InvalidPathException e) {
      throw new RecipeSyntaxException(line, "'%s' names no file".formatted(text));
    }
  }

  /// Relative to the folder of the recipe.
  static Path resolved(Path file, Path path) {
    Path folder = file.toAbsolutePath().getParent();
    return folder == null ? path : folder.resolve(path).normalize();
  }
}
