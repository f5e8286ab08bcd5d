// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.graph.Model;
import dev.quench.run.Backend;
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

  /// A model that was written to a file, called after it.
  ///
  /// @param file `NAME.onnx`
  /// @throws IOException if its size cannot be read
  public static Candidate of(
      Path file, Model model, Backend backend, Precision precision, String group)
      throws IOException {
    String fileName = String.valueOf(file.getFileName());
    String name =
        fileName.endsWith(".onnx")
            ? fileName.substring(0, fileName.length() - ".onnx".length())
            : fileName;
    return new Candidate(name, model, backend, precision, Files.size(file), group);
  }
}
