// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.prepare;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Draws text as inputs of PP-OCR's networks: planes of blue, green and red.
final class TextImages {
  private static final double[] IMAGENET_MEAN = {0.406, 0.456, 0.485};
  private static final double[] IMAGENET_DEVIATION = {0.225, 0.224, 0.229};
  private static final double[] HALF = {0.5, 0.5, 0.5};
  private static final int LINE_HEIGHT = 48;
  private static final List<String> WORDS =
      List.of(
          "invoice", "No.", "2026", "total", "amount", "river", "seven", "bridge", "due", "Monday",
          "paper", "41.50", "street", "north", "copper", "signal");

  private final Font font;

  private TextImages(Font font) {
    this.font = font;
  }

  /// @param font a TrueType file
  static TextImages in(Path font) throws IOException {
    System.setProperty("java.awt.headless", "true");
    try {
      return new TextImages(Font.createFont(Font.TRUETYPE_FONT, font.toFile()));
    } catch (FontFormatException e) {
      throw new IOException(font + ": expected a TrueType font: " + e.getMessage(), e);
    }
  }

  /// Draws square pages of several lines: `[count, 3, side, side]`.
  Tensor pages(int count, int side, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<BufferedImage> pages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      BufferedImage page = paper(side, side, random);
      Graphics2D graphics = pen(page, random);
      for (int y = 34; y < side - 8; y += 30 + random.nextInt(24)) {
        graphics.setFont(font.deriveFont(14f + random.nextInt(12)));
        graphics.drawString(text(random, 5), 8 + random.nextInt(40), y);
      }
      graphics.dispose();
      pages.add(page);
    }
    return tensor(pages, IMAGENET_MEAN, IMAGENET_DEVIATION);
  }

  /// Draws images of one line each: `[count, 3, 48, width]`.
  Tensor lines(int count, int width, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<BufferedImage> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      BufferedImage line = paper(width, LINE_HEIGHT, random);
      Graphics2D graphics = pen(line, random);
      graphics.setFont(font.deriveFont(26f + random.nextInt(8)));
      graphics.drawString(text(random, Math.max(1, width / 110)), 6, 34 + random.nextInt(4));
      graphics.dispose();
      lines.add(line);
    }
    return tensor(lines, HALF, HALF);
  }

  private static String text(SplittableRandom random, int words) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      text.append(i == 0 ? "" : " ").append(WORDS.get(random.nextInt(WORDS.size())));
    }
    return text.toString();
  }

  private static BufferedImage paper(int width, int height, SplittableRandom random) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    int light = 200 + random.nextInt(56);
    graphics.setColor(new Color(light, light, light - random.nextInt(30)));
    graphics.fillRect(0, 0, width, height);
    graphics.dispose();
    return image;
  }

  private static Graphics2D pen(BufferedImage image, SplittableRandom random) {
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    int dark = random.nextInt(80);
    graphics.setColor(new Color(dark, dark, random.nextInt(80)));
    return graphics;
  }

  private static Tensor tensor(List<BufferedImage> images, double[] mean, double[] deviation) {
    int width = images.getFirst().getWidth();
    int height = images.getFirst().getHeight();
    int plane = width * height;
    float[] values = new float[images.size() * 3 * plane];
    int at = 0;
    for (BufferedImage image : images) {
      int[] pixels = image.getRGB(0, 0, width, height, null, 0, width);
      for (int channel = 0; channel < 3; channel++) {
        for (int pixel : pixels) {
          double level = (pixel >> (8 * channel) & 0xFF) / 255.0;
          values[at++] = (float) ((level - mean[channel]) / deviation[channel]);
        }
      }
    }
    return Tensor.ofFloats(Shape.of(images.size(), 3, height, width), values);
  }
}
