// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A shared library with plug-ins of TensorRT. It is code that runs with this process's rights:
/// name only libraries that you trust.
///
/// @param file as given
/// @param sha256 of its bytes, 64 hexadecimal digits; manifests record it
public record PluginLibrary(Path file, String sha256) {
  /// @throws IOException unless it is a readable file
  public static PluginLibrary of(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("plug-in library " + file + " is not a file");
    }
    return new PluginLibrary(file, PlanBytes.sha256(file));
  }
}
