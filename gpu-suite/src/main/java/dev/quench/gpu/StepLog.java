// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/// Writes TensorRT's log messages of this process to files beside the step's report.
final class StepLog {
  private static final int FIRST_BYTES = 8_000_000;
  private static final int LAST_BYTES = 8_000_000;

  /// A strong reference: the JVM discards the settings of unreferenced loggers.
  private static final Logger TENSORRT = Logger.getLogger("dev.quench.trt");

  private StepLog() {}

  /// @param everything whether to include messages about single kernels, which take megabytes per
  ///   build
  static void open(Path folder, String step, boolean everything) throws IOException {
    FirstAndLastHandler files =
        new FirstAndLastHandler(folder, "gpu-" + step, FIRST_BYTES, LAST_BYTES);
    files.setFormatter(new SimpleFormatter());
    files.setLevel(Level.ALL);
    TENSORRT.setLevel(everything ? Level.ALL : Level.FINE);
    TENSORRT.addHandler(files);
  }
}
