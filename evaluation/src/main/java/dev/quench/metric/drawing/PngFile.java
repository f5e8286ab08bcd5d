// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.drawing;

import dev.quench.io.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Writes drawings as PNG. Stateless, thread-safe.
public final class PngFile {
  private PngFile() {}

  /// Writes a file, replacing an existing one.
  ///
  /// @throws IOException if it cannot be written; an existing file then stays unchanged
  public static void write(Path file, BufferedImage image) throws IOException {
    AtomicFile.write(file, out -> encode(image, out));
  }

  /// Encodes into a stream, which stays open.
  ///
  /// @throws IOException if the stream fails
  public static void encode(BufferedImage image, OutputStream out) throws IOException {
    try (ImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      if (!ImageIO.write(image, "png", stream)) {
        throw new IOException("this Java platform cannot write PNG");
      }
    }
  }
}
