// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import dev.quench.onnx.OnnxReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.ParseResult;

/// The files and folders that a command line reads, so that no output replaces one of them.
///
/// They are found in the words themselves, also inside `npy:x=FILE,labels=FILE`: every existing
/// file or folder that a word or a part of it names, and the data files of models.
public final class InputFiles {
  private static final Pattern DELIMITER = Pattern.compile("[:,=]");
  private static final int MAX_PARTS = 64;

  /// What Quench writes and never reads from a data folder.
  private static final Pattern WRITTEN = Pattern.compile(".*\\.(onnx|json|cache|html|engine|plan)");

  private final List<Path> files = new ArrayList<>();
  private final List<Path> folders = new ArrayList<>();

  private InputFiles(Stream<String> words) throws IOException {
    Set<Path> named = new LinkedHashSet<>();
    words.forEach(word -> collect(word, named));
    for (Path path : named) {
      if (Files.isDirectory(path)) {
        folders.add(path.toRealPath());
      } else {
        files.add(path);
        files.addAll(OnnxReader.dataFiles(path));
      }
    }
  }

  /// @param outputs values of the options that name outputs: all others name inputs
  static InputFiles of(ParseResult command, List<Path> outputs) throws IOException {
    List<ArgSpec> arguments = new ArrayList<>(command.matchedOptions());
    arguments.addAll(command.matchedPositionals());
    return new InputFiles(
        arguments.stream()
            .filter(argument -> isNone(outputs, argument.getValue()))
            .flatMap(argument -> argument.originalStringValues().stream()));
  }

  /// By identity: an input may be an equal path.
  @SuppressWarnings("ReferenceEquality")
  private static boolean isNone(List<Path> outputs, @Nullable Object value) {
    for (Path output : outputs) {
      if (output == value) {
        return false;
      }
    }
    return true;
  }

  private static void collect(String word, Set<Path> named) {
    List<Integer> starts = new ArrayList<>(List.of(0));
    List<Integer> ends = new ArrayList<>();
    Matcher delimiters = DELIMITER.matcher(word);
    while (delimiters.find() && starts.size() < MAX_PARTS) {
      starts.add(delimiters.end());
      ends.add(delimiters.start());
    }
    ends.add(word.length());
    for (int start : starts) {
      for (int end : ends) {
        if (start < end) {
          existing(word.substring(start, end)).ifPresent(named::add);
        }
      }
    }
  }

  private static Optional<Path> existing(String part) {
    try {
      return Optional.of(Path.of(part)).filter(Files::exists);
    } catch (InvalidPathException _) {
      return Optional.empty(); // a part that cannot be a name is not one
    }
  }

  /// Whether writing `output` would replace something that is read.
  boolean contain(Path output) throws IOException {
    if (!Files.exists(output)) {
      return false;
    }
    for (Path file : files) {
      if (Files.isSameFile(file, output)) {
        return true;
      }
    }
    Path real = output.toRealPath();
    return Files.isRegularFile(real)
        && !WRITTEN.matcher(real.toString()).matches()
        && folders.stream().anyMatch(real::startsWith);
  }

  /// Whether `folder` is one of those read, or holds a file that is.
  public boolean meet(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    Path real = folder.toRealPath();
    for (Path file : files) {
      if (file.toRealPath().startsWith(real)) {
        return true;
      }
    }
    return folders.stream().anyMatch(each -> each.startsWith(real) || real.startsWith(each));
  }
}
