// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import java.nio.file.Path;

/// The files of the demo: a trained network, Fashion-MNIST.
public final class BundledFiles {
  private static final Path FOLDER =
      Path.of(System.getProperty("quench.demo", "../cli/src/main/resources/dev/quench/cli/demo"));

  private BundledFiles() {}

  public static Path of(String name) {
    return FOLDER.resolve(name);
  }
}
