// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import dev.quench.Printable;
import dev.quench.QuenchException;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParameterException;

/// Says in one line what went wrong, safe to print on a terminal.
public final class ErrorLine {
  private static final Pattern LINE_BREAKS = Pattern.compile("\\s*\\R\\s*");
  private static final String ESCAPED_LINE_BREAK = Printable.escape("\n");
  private static final int LONGEST = 4000;
  private static final int LONGEST_CHAIN = 20;
  private static final String DESCRIPTORS_USED_UP = "Too many open files";

  private ErrorLine() {}

  /// Describes an error for the user; what only a defect can cause is said to be one.
  public static String of(Throwable error) {
    String line = LINE_BREAKS.matcher(describe(error).strip()).replaceAll(" | ");
    String shortened = line.length() > LONGEST ? line.substring(0, LONGEST) + " …" : line;
    return Printable.escape(shortened);
  }

  private static String describe(Throwable error) {
    if (causes(error).anyMatch(cause -> messageOf(cause).contains(DESCRIPTORS_USED_UP))) {
      return "too many files are open; raise the limit, for example with 'ulimit -n 4096'";
    }
    if (causes(error).anyMatch(OutOfMemoryError.class::isInstance)) {
      return "out of memory (limit %d MiB); use smaller batches or give Java more, for example QUENCH_JAVA_OPTS=-Xmx8g"
          .formatted(Runtime.getRuntime().maxMemory() >> 20);
    }
    return switch (error) {
      case UncheckedIOException e when e.getCause() != null -> describe(e.getCause());
      case ExecutionException e when e.getCause() != null -> describe(e.getCause());
      case QuenchException e -> messageOf(e).replace(ESCAPED_LINE_BREAK, " | ");
      case ParameterException e -> messageOf(e);
      case IllegalArgumentException e when e.getMessage() != null -> messageOf(e);
      case FileSystemException e -> describeFile(e);
      case EOFException e ->
          "the file ends too early" + (e.getMessage() == null ? "" : ": " + e.getMessage());
      case IOException e -> messageOf(e);
      case StackOverflowError _ -> "the input is nested too deeply";
      case NoClassDefFoundError e -> notLoaded(e);
      case TypeNotPresentException e -> notLoaded(e);
      case LinkageError e ->
          "a native library cannot be loaded: %s; 'quench doctor' says what is missing"
              .formatted(messageOf(e));
      default ->
          "defect in Quench: %s: %s; please report it with what --debug prints"
              .formatted(error.getClass().getSimpleName(), messageOf(error));
    };
  }

  private static Stream<Throwable> causes(Throwable error) {
    return Stream.<@Nullable Throwable>iterate(
            error, Objects::nonNull, cause -> cause == null ? null : cause.getCause())
        .limit(LONGEST_CHAIN)
        .filter(Objects::nonNull);
  }

  private static String notLoaded(Throwable error) {
    return "a part of the program cannot be loaded: %s; if few files may be open at once, raise the limit with 'ulimit -n 4096'"
        .formatted(messageOf(error));
  }

  private static String describeFile(FileSystemException e) {
    String what =
        switch (e) {
          case NoSuchFileException _ -> "no such file; check the name";
          case AccessDeniedException _ -> "permission denied";
          case FileAlreadyExistsException _ -> "exists already";
          case DirectoryNotEmptyException _ -> "the folder is not empty";
          case NotDirectoryException _ -> "is not a folder";
          default -> orElse(e.getReason(), e.getClass().getSimpleName());
        };
    return orElse(e.getFile(), "file") + ": " + what;
  }

  private static String messageOf(Throwable error) {
    return orElse(error.getMessage(), error.getClass().getSimpleName());
  }

  private static String orElse(@Nullable String text, String other) {
    return text == null || text.isBlank() ? other : text;
  }
}
