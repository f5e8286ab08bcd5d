// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import java.nio.file.Path;

/// The folder that `gpu-suite/run --prepare` made.
final class PreparedFolder {
  private static Path folder() {
    return Path.of(System.getProperty("quench.suite", "."));
  }

  private PreparedFolder() {}

  static Path model(String name) {
    return folder().resolve("models").resolve(name);
  }

  static Path data(String name) {
    return folder().resolve("data").resolve(name);
  }
}
