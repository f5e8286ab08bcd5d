// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.Main;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The bundled images as a folder of IDX files, for commands that take no other data.
final class BundledFolder {
  private BundledFolder() {}

  static Path in(Path folder) throws IOException {
    Path made = Files.createDirectory(folder.resolve("fashion-mnist"));
    for (String part : List.of("train", "t10k")) {
      for (String kind : List.of("images-idx3", "labels-idx1")) {
        String name = part + "-" + kind + "-ubyte.gz";
        try (InputStream in = Main.class.getResourceAsStream("demo/" + name)) {
          Files.write(made.resolve(name), in.readAllBytes());
        }
      }
    }
    return made;
  }
}
