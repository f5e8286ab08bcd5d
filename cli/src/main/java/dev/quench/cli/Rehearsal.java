// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.cli.option.BundledSample;
import dev.quench.cli.output.StandardOutput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Uses once what short commands use, so that Java can record the classes that they load; the
/// launcher calls it.
final class Rehearsal {
  private Rehearsal() {}

  /// @param args unused
  public static void main(String[] args) throws IOException {
    Path model = Files.createTempFile("quench", ".onnx");
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.MODEL)) {
      Files.copy(in, model, StandardCopyOption.REPLACE_EXISTING);
      rehearse("--help");
      rehearse("inspect", "--help");
      rehearse("inspect", model.toString());
      rehearse("inspect", model.toString(), "--json");
    } finally {
      Files.delete(model);
    }
  }

  private static void rehearse(String... words) {
    RootCommand.execute(words, new StandardOutput());
  }
}
