// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import dev.quench.endtoend.GeneratedDataset.Sample;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/// Text in one bundled font, drawn like a scan: dark ink of some colour on light paper, several
/// sizes, now and then bold or slanted, turned a little, with noise. Pixels are BGR, as the PP-OCR
/// networks were trained.
final class RenderedText {
  private static final double[] IMAGENET_MEAN = {0.485, 0.456, 0.406};
  private static final double[] IMAGENET_DEVIATION = {0.229, 0.224, 0.225};
  private static final double[] HALF = {0.5, 0.5, 0.5};
  private static final int LINE_CHARACTERS = 22;
  private static final Font FONT = load();

  private RenderedText() {}

  /// Square pages of several lines, normalized as detectors want it.
  static GeneratedDataset pages(
      String input, Vocabulary vocabulary, long seed, long size, int side) {
    return new GeneratedDataset(
        "%d rendered pages of %d by %d, %s words, seed %d"
            .formatted(size, side, side, vocabulary, seed),
        size,
        index -> {
          SplittableRandom random = random(seed, index);
          BufferedImage page = page(vocabulary, random, side);
          Tensor pixels = normalized(page, IMAGENET_MEAN, IMAGENET_DEVIATION);
          return new Sample(Map.of(input, pixels), new Labels.None());
        });
  }

  /// Images of one line with its text, 48 pixels high and 320 wide, normalized as recognizers want
  /// it: grey behind the end of the text is 0.
  static GeneratedDataset lines(String input, Vocabulary vocabulary, long seed, long size) {
    return new GeneratedDataset(
        "%d rendered lines, %s words, seed %d".formatted(size, vocabulary, seed),
        size,
        index -> {
          SplittableRandom random = random(seed, index);
          String text = vocabulary.line(random, LINE_CHARACTERS);
          Tensor pixels = normalized(padded(line(text, random, 320), 320), HALF, HALF);
          return new Sample(Map.of(input, pixels), new Labels.Texts(List.of(text)));
        });
  }

  /// Images of one line, 48 by 192, every other one upside down: class 1.
  static GeneratedDataset turnedLines(String input, Vocabulary vocabulary, long seed, long size) {
    return new GeneratedDataset(
        "%d rendered lines, half of them upside down, %s words, seed %d"
            .formatted(size, vocabulary, seed),
        size,
        index -> {
          SplittableRandom random = random(seed, index);
          BufferedImage line = line(vocabulary.line(random, LINE_CHARACTERS), random, 192);
          int upsideDown = (int) (index % 2);
          BufferedImage seen = upsideDown == 1 ? turned(line) : line;
          Tensor pixels = normalized(padded(seen, 192), HALF, HALF);
          return new Sample(Map.of(input, pixels), new Labels.Classes(List.of(upsideDown)));
        });
  }

  private static SplittableRandom random(long seed, long index) {
    return new SplittableRandom(seed * 1_000_003 + index);
  }

  private static BufferedImage page(Vocabulary vocabulary, SplittableRandom random, int side) {
    BufferedImage page = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = onPaper(page, random);
    int y = 10;
    while (y < side - 12) {
      int points = 14 + random.nextInt(22);
      y += points * 3 / 2 + random.nextInt(24);
      graphics.setColor(ink(random));
      graphics.setFont(font(random, points));
      graphics.drawString(vocabulary.line(random, 60), 6 + random.nextInt(side / 6), y);
    }
    graphics.dispose();
    addNoise(page, random);
    return page;
  }

  /// As a crop around a detected box: the text fills the image but for a margin of some pixels.
  private static BufferedImage line(String text, SplittableRandom random, int maxWidth) {
    Font font = font(random, 40);
    FontRenderContext context = new FontRenderContext(null, true, true);
    Rectangle2D extent = font.getStringBounds(text, context);
    double margin = 2 + random.nextInt(8);
    double scale = 48 / (extent.getHeight() + 2 * margin);
    int width = (int) Math.min(maxWidth, Math.ceil((extent.getWidth() + 2 * margin) * scale));
    BufferedImage line = new BufferedImage(width, 48, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = onPaper(line, random);
    graphics.setColor(ink(random));
    graphics.setFont(font);
    graphics.transform(
        AffineTransform.getScaleInstance(width / (extent.getWidth() + 2 * margin), scale));
    graphics.rotate(Math.toRadians(random.nextDouble(-1, 1)), extent.getCenterX(), 0);
    graphics.drawString(text, (float) margin, (float) (margin - extent.getY()));
    graphics.dispose();
    addNoise(line, random);
    return line;
  }

  private static BufferedImage padded(BufferedImage line, int width) {
    BufferedImage padded = new BufferedImage(width, 48, BufferedImage.TYPE_INT_RGB);
    Graphics2D onto = padded.createGraphics();
    onto.setColor(new Color(127, 127, 127));
    onto.fillRect(0, 0, width, 48);
    onto.drawImage(line, 0, 0, null);
    onto.dispose();
    return padded;
  }

  private static Graphics2D onPaper(BufferedImage image, SplittableRandom random) {
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    int paper = 190 + random.nextInt(66);
    graphics.setColor(new Color(paper, paper - random.nextInt(12), paper - random.nextInt(40)));
    graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
    return graphics;
  }

  private static Color ink(SplittableRandom random) {
    int dark = random.nextInt(90);
    return new Color(dark, random.nextInt(dark + 1), random.nextInt(100));
  }

  private static Font font(SplittableRandom random, int points) {
    int style = random.nextInt(8);
    return FONT.deriveFont(
        style == 0 ? Font.BOLD : style == 1 ? Font.ITALIC : Font.PLAIN, (float) points);
  }

  private static void addNoise(BufferedImage image, SplittableRandom random) {
    double deviation = random.nextDouble(14);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int noise = (int) Math.rint(random.nextGaussian() * deviation);
        int pixel = image.getRGB(x, y);
        int noisy = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
          noisy = noisy << 8 | Math.clamp((pixel >> shift & 0xFF) + noise, 0, 255);
        }
        image.setRGB(x, y, noisy);
      }
    }
  }

  private static BufferedImage turned(BufferedImage image) {
    BufferedImage turned =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        turned.setRGB(image.getWidth() - 1 - x, image.getHeight() - 1 - y, image.getRGB(x, y));
      }
    }
    return turned;
  }

  private static Tensor normalized(BufferedImage image, double[] mean, double[] deviation) {
    int width = image.getWidth();
    int height = image.getHeight();
    int plane = width * height;
    int[] pixels = image.getRGB(0, 0, width, height, null, 0, width);
    float[] values = new float[3 * plane];
    for (int i = 0; i < plane; i++) {
      for (int channel = 0; channel < 3; channel++) {
        double level = (pixels[i] >> (8 * channel) & 0xFF) / 255.0;
        values[channel * plane + i] = (float) ((level - mean[channel]) / deviation[channel]);
      }
    }
    return Tensor.ofFloats(Shape.of(1, 3, height, width), values);
  }

  private static Font load() {
    System.setProperty("java.awt.headless", "true");
    try (InputStream font = RenderedText.class.getResourceAsStream("/fonts/DejaVuSans.ttf")) {
      return Font.createFont(Font.TRUETYPE_FONT, Objects.requireNonNull(font));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (FontFormatException e) {
      throw new IllegalStateException(e);
    }
  }
}
