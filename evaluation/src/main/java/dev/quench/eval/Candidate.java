// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.ModelReader;
import dev.quench.run.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// One variant of a model on one backend, to compare with others.
///
/// @param name of the variant, for example its file's name
/// @param precision passed to the backend and shown in the report
/// @param sizeBytes size of the model on disk
/// @param group changes refer to the first result of the same group; give all variants of one
///   network the same group
public record Candidate(
    String name, Model model, Backend backend, Precision precision, long sizeBytes, String group) {
  /// A candidate in the default group.
  public Candidate(String name, Model model, Backend backend, Precision precision, long sizeBytes) {
    this(name, model, backend, precision, sizeBytes, "");
  }

  /// A model from a file, called after it, in the precision that it asks for, on the backend that
  /// [Backends#auto] chooses.
  ///
  /// @param file ONNX, read by what `quench-export` brings to the class path
  /// @throws IOException if the file cannot be read
  /// @throws dev.quench.run.BackendException if no backend can run here
  public static Candidate of(Path file) throws IOException {
    return of(file, "");
  }

  /// Like [#of(Path)], on the backend of that name, for example `onnxruntime`.
  ///
  /// @param backend as [Backends#named]; empty for the one that [Backends#auto] chooses
  /// @throws IOException if the file cannot be read
  public static Candidate of(Path file, String backend) throws IOException {
    ModelReader.Stored stored = ModelReader.readFile(file);
    Model model = stored.model();
    Backend chosen = backend.isEmpty() ? Backends.auto(model).backend() : Backends.named(backend);
    return new Candidate(name(file), model, chosen, Precision.of(model), stored.sizeBytes(), "");
  }

  /// A model that was written to a file, called after it.
  ///
  /// @param file `NAME.onnx`
  /// @throws IOException if its size cannot be read
  public static Candidate of(
      Path file, Model model, Backend backend, Precision precision, String group)
      throws IOException {
    return new Candidate(name(file), model, backend, precision, Files.size(file), group);
  }

  private static String name(Path file) {
    String fileName = String.valueOf(file.getFileName());
    return fileName.endsWith(".onnx")
        ? fileName.substring(0, fileName.length() - ".onnx".length())
        : fileName;
  }
}
