// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.data.annotation.ModelClasses;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads from a model which classes it tells apart.
public final class ModelClassNames {
  /// Metadata keys under which exporters keep names; the first one present wins.
  private static final List<String> KEYS =
      List.of("names", "classes", "class_names", "labels", "id2label", "categories");

  private static final int MAX_NAMES = 1_000_000;

  /// A quoted text of JSON or of Python.
  private static final String QUOTED =
      "\"([^\"\\\\]{0,1000}+(?:\\\\.[^\"\\\\]{0,1000}+){0,100}+)\"|'([^'\\\\]{0,1000}+(?:\\\\.[^'\\\\]{0,1000}+){0,100}+)'";

  private static final Pattern ENTRY =
      Pattern.compile("[\"']?(\\d{1,7})[\"']?\\s*:\\s*(?:" + QUOTED + ")");
  private static final Pattern ELEMENT = Pattern.compile(QUOTED);

  private ModelClassNames() {}

  /// Names from the metadata, as a map from index to name, a list, or lines, and the number of
  /// scores of a first output `[N, classes]`, with further axes of size 1 or without.
  public static ModelClasses of(Model model) {
    for (String key : KEYS) {
      String text = model.metadata().get(key);
      if (text != null) {
        List<String> names = parse(text.strip());
        if (names.size() > 1 && names.size() <= MAX_NAMES) {
          return new ModelClasses(names, count(model));
        }
      }
    }
    return new ModelClasses(List.of(), count(model));
  }

  /// The names that the data give to classes, else those that a model gives.
  public static List<String> of(Model model, Dataset data) {
    return data.classNames().isEmpty() ? of(model).names() : data.classNames();
  }

  private static OptionalInt count(Model model) {
    if (model.graph().outputs().isEmpty()) {
      return OptionalInt.empty();
    }
    Shape shape = shape(model);
    boolean scores = shape.rank() >= 2;
    for (int axis = 2; axis < shape.rank(); axis++) {
      scores &= shape.dim(axis).equals(Dim.of(1));
    }
    return scores && shape.dim(1) instanceof Dim.Fixed(long size) && size > 1
        ? OptionalInt.of(Math.clamp(size, 1, Integer.MAX_VALUE))
        : OptionalInt.empty();
  }

  /// Of the first output, as declared or else as inferred.
  private static Shape shape(Model model) {
    Value output = model.graph().outputs().getFirst();
    if (output.shape().isPresent()) {
      return output.shape().get();
    }
    Model typed = model.copy();
    ShapeInference.infer(typed);
    return typed.graph().outputs().getFirst().shape().orElse(Shape.SCALAR);
  }

  /// Empty unless the text lists names.
  static List<String> parse(String text) {
    if (text.startsWith("{")) {
      return indexed(text);
    }
    if (text.startsWith("[")) {
      List<String> names = new ArrayList<>();
      for (Matcher element = ELEMENT.matcher(text); element.find(); ) {
        names.add(unquoted(element.group(1) == null ? element.group(2) : element.group(1)));
      }
      return names;
    }
    List<String> lines = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    return lines.size() == 1
        ? Arrays.stream(text.split(",", -1)).map(String::strip).toList()
        : lines;
  }

  private static List<String> indexed(String text) {
    TreeMap<Integer, String> names = new TreeMap<>();
    for (Matcher entry = ENTRY.matcher(text); entry.find(); ) {
      String name = entry.group(2) == null ? entry.group(3) : entry.group(2);
      names.put(Integer.parseInt(entry.group(1)), unquoted(name));
    }
    // Indices with gaps would shift all that follow.
    boolean whole =
        !names.isEmpty() && names.firstKey() == 0 && names.lastKey() == names.size() - 1;
    return whole ? List.copyOf(names.values()) : List.of();
  }

  private static String unquoted(String text) {
    return text.replaceAll("\\\\(.)", "$1");
  }
}
