// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import dev.quench.data.Batch;
import dev.quench.data.Dataset;
import dev.quench.data.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Pages of seeded text in one bundled font: black to grey on near-white paper, several sizes, as
/// `[N, 3, side, side]` normalized like the training images of the PP-OCR detectors.
record RenderedPages(String inputName, long seed, long size, int side) implements Dataset {
  private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
  private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};
  private static final String[] SYLLABLES = {
    "ka", "lo", "mi", "ter", "san", "ver", "do", "ri", "pa", "nel", "tu", "gor", "be", "shi", "wa",
    "ne", "qu", "ix"
  };
  private static final Font FONT = load();

  @Override
  public String description() {
    return size + " rendered pages, seed " + seed;
  }

  @Override
  public String digest() {
    return "rendered-pages-" + seed + "-" + size + "-" + side;
  }

  @Override
  public boolean isRandom() {
    return false;
  }

  @Override
  public Dataset limit(long limit) {
    return new RenderedPages(inputName, seed, Math.min(limit, size), side);
  }

  @Override
  public Stream<Batch> batches(int batchSize) {
    return LongStream.range(0, Math.ceilDiv(size, (long) batchSize))
        .mapToObj(
            index -> batch(index * batchSize, (int) Math.min(batchSize, size - index * batchSize)));
  }

  private Batch batch(long first, int count) {
    float[] values = new float[count * 3 * side * side];
    for (int i = 0; i < count; i++) {
      normalize(page(first + i), values, i * 3 * side * side);
    }
    Tensor images = Tensor.ofFloats(Shape.of(count, 3, side, side), values);
    return new Batch(Map.of(inputName, images), new Labels.None(), count);
  }

  private BufferedImage page(long index) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + index);
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    int paper = 225 + random.nextInt(31);
    graphics.setColor(new Color(paper, paper, paper - random.nextInt(20)));
    graphics.fillRect(0, 0, side, side);
    int y = 12;
    while (y < side) {
      int points = 18 + random.nextInt(20);
      int ink = random.nextInt(60);
      y += points * 3 / 2 + random.nextInt(30);
      graphics.setColor(new Color(ink, ink, ink));
      graphics.setFont(FONT.deriveFont((float) points));
      graphics.drawString(line(random), 6 + random.nextInt(40), y);
    }
    graphics.dispose();
    return image;
  }

  private static String line(SplittableRandom random) {
    StringBuilder line = new StringBuilder();
    int words = 2 + random.nextInt(5);
    for (int word = 0; word < words; word++) {
      if (random.nextInt(6) == 0) {
        line.append(random.nextInt(10_000));
      } else {
        int syllables = 1 + random.nextInt(3);
        for (int i = 0; i < syllables; i++) {
          line.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
        }
      }
      line.append(' ');
    }
    return line.toString().strip();
  }

  private void normalize(BufferedImage image, float[] values, int offset) {
    int plane = side * side;
    int[] pixels = image.getRGB(0, 0, side, side, null, 0, side);
    for (int i = 0; i < plane; i++) {
      for (int channel = 0; channel < 3; channel++) {
        float level = (pixels[i] >> (16 - 8 * channel) & 0xFF) / 255f;
        values[offset + channel * plane + i] = (level - MEAN[channel]) / DEVIATION[channel];
      }
    }
  }

  private static Font load() {
    System.setProperty("java.awt.headless", "true");
    try (InputStream font = RenderedPages.class.getResourceAsStream("/fonts/DejaVuSans.ttf")) {
      return Font.createFont(Font.TRUETYPE_FONT, java.util.Objects.requireNonNull(font));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (FontFormatException e) {
      throw new IllegalStateException(e);
    }
  }
}
