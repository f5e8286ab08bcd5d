// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reduce;

import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.PipelineException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Runs a command on each model, without a shell. The first model that is checked sets what counts:
/// another one fails if the command ends in the same way on it.
///
/// Keeps the models in a temporary folder until it is closed. One thread at a time.
public final class CommandCheck implements FailureCheck, AutoCloseable {
  /// Stands for the model's path in the command.
  public static final String PLACE = "{}";

  private final List<String> command;
  private final Path folder;
  private final Duration limit;
  private final Optional<String> text;
  private @Nullable Outcome wanted;

  /// How a command ended.
  ///
  /// @param status its exit status; empty if it ran past the limit
  /// @param hasText whether it printed the text that is looked for
  private record Outcome(Optional<Integer> status, boolean hasText) {}

  /// @param command with [#PLACE] where the model's path goes
  /// @param limit after which the command is stopped, which is an end as any other
  /// @param text that the command prints, to its output or its errors, when it fails; empty where
  ///   its exit status alone counts
  /// @throws PipelineException if the command has no place for the model
  /// @throws IOException if the folder cannot be made
  public CommandCheck(List<String> command, Duration limit, Optional<String> text)
      throws IOException {
    if (command.stream().noneMatch(word -> word.contains(PLACE))) {
      throw new PipelineException(
          "the command has no %s; expected one where the path of the model goes".formatted(PLACE));
    }
    this.command = List.copyOf(command);
    this.limit = limit;
    this.text = text;
    this.folder = Files.createTempDirectory("quench-reduce");
  }

  /// @throws IOException if the command cannot be started, or the thread is interrupted
  @Override
  public boolean fails(Model model) throws IOException {
    Path file = folder.resolve("candidate.onnx");
    OnnxWriter.write(model, file);
    Outcome outcome = run(file);
    if (wanted == null) {
      boolean passes =
          text.isPresent() ? !outcome.hasText() : outcome.status().equals(Optional.of(0));
      if (!passes) {
        wanted = outcome;
      }
      return !passes;
    }
    return outcome.equals(wanted);
  }

  private Outcome run(Path file) throws IOException {
    Path printed = folder.resolve("output.txt");
    Process process =
        new ProcessBuilder(
                command.stream().map(word -> word.replace(PLACE, file.toString())).toList())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    process.getOutputStream().close();
    try {
      boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
      return new Outcome(
          ended ? Optional.of(process.exitValue()) : Optional.empty(), hasText(printed));
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a command ran");
    }
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private boolean hasText(Path printed) throws IOException {
    return text.isPresent()
        && new String(Files.readAllBytes(printed), Charset.defaultCharset()).contains(text.get());
  }
}
