// SPDX-License-Identifier: Apache-2.0
package dev.quench.testing;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/// Writes small images for tests.
public final class ImageFiles {
  private ImageFiles() {}

  /// @param colors 0xRRGGBB, row by row
  public static Path rgb(Path file, int width, int... colors) throws IOException {
    BufferedImage image =
        new BufferedImage(width, colors.length / width, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, width, colors.length / width, colors, 0, width);
    return write(file, image);
  }

  public static Path gray(Path file, int width, int... levels) throws IOException {
    BufferedImage image =
        new BufferedImage(width, levels.length / width, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setPixels(0, 0, width, levels.length / width, levels);
    return write(file, image);
  }

  public static Path gray16(Path file, int width, int... levels) throws IOException {
    BufferedImage image =
        new BufferedImage(width, levels.length / width, BufferedImage.TYPE_USHORT_GRAY);
    image.getRaster().setPixels(0, 0, width, levels.length / width, levels);
    return write(file, image);
  }

  /// An image of palette indices; index i looks red i, green 255 - i, blue 7.
  public static Path palette(Path file, int width, int... indices) throws IOException {
    byte[] red = new byte[256];
    byte[] green = new byte[256];
    byte[] blue = new byte[256];
    for (int i = 0; i < 256; i++) {
      red[i] = (byte) i;
      green[i] = (byte) (255 - i);
      blue[i] = 7;
    }
    BufferedImage image =
        new BufferedImage(
            width,
            indices.length / width,
            BufferedImage.TYPE_BYTE_INDEXED,
            new IndexColorModel(8, 256, red, green, blue));
    image.getRaster().setPixels(0, 0, width, indices.length / width, indices);
    return write(file, image);
  }

  public static Path noise(Path file, int width, int height, long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    return rgb(file, width, random.ints((long) width * height, 0, 1 << 24).toArray());
  }

  private static Path write(Path file, BufferedImage image) throws IOException {
    Files.createDirectories(file.getParent());
    String name = file.toString();
    String format = name.substring(name.lastIndexOf('.') + 1);
    if (!ImageIO.write(image, format, file.toFile())) {
      throw new IOException("no writer for " + file);
    }
    return file;
  }
}
