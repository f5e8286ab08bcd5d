// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress;

import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/// Trained networks that the tests run on: five of PP-OCR and the bundled Network-in-Network.
public final class RealModels {
  private static final Path DEMO =
      Path.of(System.getProperty("basedir", "."), "../cli/src/main/resources/dev/quench/cli/demo");

  private RealModels() {}

  /// @param file for example `ch_PP-OCRv3_det_infer.onnx`
  public static Model ppOcr(String file) throws IOException {
    try (InputStream stream = RealModels.class.getResourceAsStream("/models/" + file)) {
      return OnnxReader.read(stream.readAllBytes(), file);
    }
  }

  /// Lines of block capitals as each of the PP-OCR models takes them, dark on light, between −1 and
  /// 1. Detection answers noise with nothing but zeroes; this it finds.
  public static Map<String, Tensor> ppOcrInput(String file) {
    int height = file.contains("det") ? 160 : 48;
    int width = file.contains("det") ? 320 : file.contains("cls") ? 192 : 160;
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(Color.BLACK);
    for (int y = 12; y + 24 < height; y += 44) {
      int letter = y;
      for (int x = 10; x + 16 < width - 10; x += 20) {
        drawLetter(graphics, "HELTFI".charAt(letter++ % 6), x, y);
      }
    }
    graphics.dispose();
    float[] values = new float[3 * height * width];
    for (int i = 0; i < values.length; i++) {
      int pixel = i % (height * width);
      int level = image.getRaster().getSample(pixel % width, pixel / width, 0);
      values[i] = level / 127.5f - 1;
    }
    return Map.of("x", Tensor.ofFloats(Shape.of(1, 3, height, width), values));
  }

  /// A box of 12 by 24 pixels; drawn, for a machine without a screen may have no fonts.
  private static void drawLetter(Graphics2D graphics, char letter, int x, int y) {
    boolean middle = letter == 'T' || letter == 'I';
    graphics.fillRect(middle ? x + 5 : x, y, 3, 24);
    if (letter == 'H') {
      graphics.fillRect(x + 9, y, 3, 24);
    }
    if ("ETF".indexOf(letter) >= 0) {
      graphics.fillRect(x, y, 12, 3);
    }
    if ("HEF".indexOf(letter) >= 0) {
      graphics.fillRect(x, y + 11, 10, 3);
    }
    if ("EL".indexOf(letter) >= 0) {
      graphics.fillRect(x, y + 21, 12, 3);
    }
  }

  /// Network-in-Network on Fashion-MNIST: input `image` `[N, 1, 28, 28]`, output `logits` `[N,
  /// 10]`.
  public static Model networkInNetwork() throws IOException {
    return OnnxReader.read(
        Files.readAllBytes(DEMO.resolve("nin-fashion-mnist.onnx")), "nin-fashion-mnist.onnx");
  }

  /// Test images `from` to `from + count − 1`, normalized as the network was trained.
  public static Tensor fashionImages(int from, int count) throws IOException {
    try (InputStream stream =
        new GZIPInputStream(Files.newInputStream(DEMO.resolve("t10k-images-idx3-ubyte.gz")))) {
      stream.skipNBytes(16 + from * 784L);
      byte[] pixels = stream.readNBytes(count * 784);
      float[] values = new float[pixels.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = ((pixels[i] & 0xFF) / 255f - 0.2860f) / 0.3530f;
      }
      return Tensor.ofFloats(Shape.of(count, 1, 28, 28), values);
    }
  }
}
