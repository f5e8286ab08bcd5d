// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.graph.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ServiceLoader;

/// Reads models from files. Found as a service, so that code which takes a model's path needs no
/// file format: ONNX is in `quench-export`. Thread-safe.
public interface ModelReader {
  /// A model as stored.
  ///
  /// @param sizeBytes of its file and of the data beside it
  record Stored(Model model, long sizeBytes) {}

  /// @throws IOException if the file cannot be read
  /// @throws dev.quench.QuenchException if it holds no valid model; names the file
  Stored read(Path file) throws IOException;

  /// Reads a model with the reader on the class path.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws IllegalStateException if the class path holds no reader
  static Stored readFile(Path file) throws IOException {
    return ServiceLoader.load(ModelReader.class, ModelReader.class.getClassLoader())
        .findFirst()
        .orElseThrow(() ->
            new IllegalStateException(
                file + ": nothing on the class path reads models; add quench-export"))
        .read(file);
  }
}
