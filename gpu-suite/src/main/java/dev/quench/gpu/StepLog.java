// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.logging.FileHandler;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/// Sends all that TensorRT says in this process to a file beside the step's report.
final class StepLog {
  private static final int MOST_BYTES = 12_000_000;

  /// Held here, since a logger that nobody holds loses its settings.
  private static final Logger TENSORRT = Logger.getLogger("dev.quench.trt");

  private StepLog() {}

  /// @param everything whether to take what it says of each kernel too, megabytes a build
  static void open(Path folder, String step, boolean everything) throws IOException {
    FileHandler file =
        new FileHandler(folder.resolve("gpu-" + step + ".log").toString(), MOST_BYTES, 1, true);
    file.setFormatter(new SimpleFormatter());
    file.setLevel(Level.ALL);
    TENSORRT.setLevel(everything ? Level.ALL : Level.FINE);
    TENSORRT.addHandler(file);
  }
}
