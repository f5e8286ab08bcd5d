// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A model as files in a new folder that only this user may enter (mode 0700): ONNX Runtime maps
/// the weights from there, but would copy them more than once from a message in memory. Close it as
/// soon as the session exists; the files are also deleted if the process stops before.
final class TemporaryModel implements AutoCloseable {
  private static final int SMALLEST_MAPPED = 1 << 16;

  private final Path folder;
  private final Thread cleanUp;

  private TemporaryModel(Path folder) {
    this.folder = folder;
    this.cleanUp = new Thread(this::delete, "remove " + folder);
  }

  /// @throws IOException if the disk is full or the process is stopping
  static TemporaryModel write(Model model) throws IOException {
    TemporaryModel written = new TemporaryModel(Files.createTempDirectory("quench-onnxruntime"));
    try {
      Runtime.getRuntime().addShutdownHook(written.cleanUp);
      OnnxWriter.write(model, written.file(), beside(model));
      return written;
    } catch (IllegalStateException e) {
      written.close();
      throw new IOException("the process is stopping", e);
    } catch (IOException | RuntimeException e) {
      written.close();
      throw e;
    }
  }

  /// Mapping a tensor costs time, so small ones stay in the message if it can hold them all.
  private static OnnxWriter.Options beside(Model model) {
    return OnnxWriter.fitsOneMessage(model)
        ? new OnnxWriter.Options(true, SMALLEST_MAPPED)
        : OnnxWriter.Options.EXTERNAL;
  }

  Path file() {
    return folder.resolve("model.onnx");
  }

  @Override
  public void close() {
    delete();
    try {
      Runtime.getRuntime().removeShutdownHook(cleanUp);
    } catch (IllegalStateException _) {
      // The process is stopping; the hook finds nothing left to delete.
    }
  }

  private void delete() {
    for (Path each : List.of(file(), OnnxWriter.dataFile(file()), folder)) {
      File gone = each.toFile();
      gone.delete();
    }
  }
}
