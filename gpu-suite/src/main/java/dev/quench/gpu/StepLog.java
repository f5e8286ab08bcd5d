// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/// Sends all that TensorRT says in this process to files beside the step's report.
final class StepLog {
  private static final int FIRST_BYTES = 8_000_000;
  private static final int LAST_BYTES = 8_000_000;

  /// Held here, since a logger that nobody holds loses its settings.
  private static final Logger TENSORRT = Logger.getLogger("dev.quench.trt");

  private StepLog() {}

  /// @param everything whether to take what it says of each kernel too, megabytes a build
  static void open(Path folder, String step, boolean everything) throws IOException {
    FirstAndLastHandler files =
        new FirstAndLastHandler(folder, "gpu-" + step, FIRST_BYTES, LAST_BYTES);
    files.setFormatter(new SimpleFormatter());
    files.setLevel(Level.ALL);
    TENSORRT.setLevel(everything ? Level.ALL : Level.FINE);
    TENSORRT.addHandler(files);
  }
}
