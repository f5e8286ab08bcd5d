// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import java.util.List;
import java.util.function.Consumer;

/// An option that a kind of step takes.
///
/// @param name as in the file: `batch-size`
/// @param value what may stand behind it
public record OptionSpec(String name, Value value) {
  /// What an option may hold.
  public sealed interface Value {
    /// A whole number within bounds, both included.
    record Whole(long least, long most) implements Value {}

    /// A finite number within bounds, both included.
    record Real(double least, double most) implements Value {}

    /// One of several words.
    record Word(List<String> words) implements Value {
      public Word {
        words = List.copyOf(words);
      }
    }

    /// `true` or `false`.
    record Flag() implements Value {}

    /// Text that a reader takes.
    ///
    /// @param reader throws [IllegalArgumentException] with the expected form for other text
    record Read(Consumer<String> reader) implements Value {}

    /// What another step gives, by its name, or a file.
    ///
    /// @param artifact `model` or `table`
    /// @param whenAbsent what an option that is left out means
    record Artifact(String artifact, Absent whenAbsent) implements Value {}
  }

  /// What an artifact that is left out means.
  public enum Absent {
    /// That of the last step before which gives one; an error if none does.
    PREVIOUS,
    /// None.
    NOTHING
  }

  public static OptionSpec whole(String name, long least) {
    return new OptionSpec(name, new Value.Whole(least, Integer.MAX_VALUE));
  }

  public static OptionSpec number(String name, double least, double most) {
    return new OptionSpec(name, new Value.Real(least, most));
  }

  public static OptionSpec word(String name, String... words) {
    return new OptionSpec(name, new Value.Word(List.of(words)));
  }

  public static OptionSpec flag(String name) {
    return new OptionSpec(name, new Value.Flag());
  }

  public static OptionSpec read(String name, Consumer<String> reader) {
    return new OptionSpec(name, new Value.Read(reader));
  }

  public static OptionSpec artifact(String name, String artifact, Absent whenAbsent) {
    return new OptionSpec(name, new Value.Artifact(artifact, whenAbsent));
  }

  /// Checks the text of the option; that of an artifact is checked where the steps are known.
  ///
  /// @throws IllegalArgumentException saying what was expected
  public void check(String text) {
    switch (value) {
      case Value.Whole(long least, long most) -> {
        long number;
        try {
          number = Long.parseLong(text);
        } catch (NumberFormatException e) {
          throw expected(text, "a whole number");
        }
        if (number < least || number > most) {
          throw expected(text, "%d to %d".formatted(least, most));
        }
      }
      case Value.Real(double least, double most) -> {
        double number;
        try {
          number = Double.parseDouble(text);
        } catch (NumberFormatException e) {
          throw expected(text, "a number");
        }
        if (!(number >= least && number <= most)) {
          throw expected(text, "%s to %s".formatted(least, most));
        }
      }
      case Value.Word(List<String> words) -> {
        if (!words.contains(text)) {
          throw expected(text, String.join(", ", words));
        }
      }
      case Value.Flag() -> {
        if (!text.equals("true") && !text.equals("false")) {
          throw expected(text, "true or false");
        }
      }
      case Value.Read(Consumer<String> reader) -> reader.accept(text);
      case Value.Artifact _ -> {}
    }
  }

  private IllegalArgumentException expected(String text, String form) {
    return new IllegalArgumentException(
        "option '%s': got '%s', expected %s".formatted(name, text, form));
  }
}
