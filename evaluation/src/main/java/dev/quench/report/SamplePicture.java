// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.data.image.ImageFile;
import dev.quench.data.image.RawImage;
import dev.quench.metric.drawing.PngFile;
import dev.quench.run.dataset.Batch;
import dev.quench.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Optional;

/// A small picture of one sample of a batch.
final class SamplePicture {
  private static final int LONGER_SIDE = 96;

  private SamplePicture() {}

  /// PNG in Base64, from the image file, or else from an input `[N, 1 or 3, H, W]`, whose smallest
  /// value is drawn black and its largest white; empty for other samples.
  ///
  /// @throws IOException if the image file cannot be read
  static Optional<String> of(Batch batch, int sample) throws IOException {
    Optional<BufferedImage> image =
        batch.images().isEmpty()
            ? fromInput(batch, sample)
            : Optional.of(fromFile(ImageFile.read(batch.images().get(sample).file())));
    if (image.isEmpty()) {
      return Optional.empty();
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    PngFile.encode(image.get(), png);
    return Optional.of(Base64.getEncoder().encodeToString(png.toByteArray()));
  }

  private static BufferedImage fromFile(RawImage stored) {
    int longer = Math.max(stored.width(), stored.height());
    int step = Math.max(1, longer / LONGER_SIDE);
    BufferedImage small =
        new BufferedImage(
            Math.ceilDiv(stored.width(), step),
            Math.ceilDiv(stored.height(), step),
            BufferedImage.TYPE_INT_RGB);
    boolean gray = stored.channels() == 1;
    for (int y = 0; y < small.getHeight(); y++) {
      for (int x = 0; x < small.getWidth(); x++) {
        int red = stored.at(x * step, y * step, 0);
        int green = gray ? red : stored.at(x * step, y * step, 1);
        int blue = gray ? red : stored.at(x * step, y * step, 2);
        small.setRGB(x, y, red << 16 | green << 8 | blue);
      }
    }
    return small;
  }

  private static Optional<BufferedImage> fromInput(Batch batch, int sample) {
    if (batch.inputs().size() != 1) {
      return Optional.empty();
    }
    Tensor input = batch.inputs().values().iterator().next();
    if (input.shape().rank() != 4
        || input.shape().size(0) != batch.size()
        || (input.shape().size(1) != 1 && input.shape().size(1) != 3)) {
      return Optional.empty();
    }
    int channels = (int) input.shape().size(1);
    int height = Math.toIntExact(input.shape().size(2));
    int width = Math.toIntExact(input.shape().size(3));
    long from = (long) sample * channels * height * width;
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (long i = 0; i < (long) channels * height * width; i++) {
      low = Math.min(low, input.doubleAt(from + i));
      high = Math.max(high, input.doubleAt(from + i));
    }
    double scale = high > low ? 255 / (high - low) : 0;
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int color = 0;
        for (int channel = 0; channel < 3; channel++) {
          long at = from + ((long) (channels == 1 ? 0 : channel) * height + y) * width + x;
          color = color << 8 | (int) Math.rint((input.doubleAt(at) - low) * scale);
        }
        image.setRGB(x, y, color);
      }
    }
    return Optional.of(image);
  }
}
