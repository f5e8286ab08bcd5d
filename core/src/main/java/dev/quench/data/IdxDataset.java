// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Images and class labels from IDX files, as MNIST and Fashion-MNIST come in.
///
/// Images are `[N, H, W]` or `[N, C, H, W]` bytes and become float32 batches `[n, C, H, W]`, C
/// being 1 for the former; labels are `[N]` bytes. Both files are read at once, as bytes; floats
/// are made batch by batch. Immutable and thread-safe.
public final class IdxDataset implements Dataset {
  private final String description;
  private final String inputName;
  private final Normalization normalization;
  private final byte[] pixels;
  private final byte[] labels;
  private final Extent extent;
  private final float[] values;
  private final String digest;

  private IdxDataset(
      String description,
      String inputName,
      Normalization normalization,
      byte[] pixels,
      byte[] labels,
      Extent extent) {
    this.description = description;
    this.inputName = inputName;
    this.normalization = normalization;
    this.pixels = pixels;
    this.labels = labels;
    this.extent = extent;
    this.values = normalization.tableOf(extent.channels());
    this.digest = digest(normalization, pixels, labels, extent);
  }

  /// Reads images and their labels, each plain or gzipped.
  ///
  /// @param normalization with one mean and deviation, or one for each channel
  /// @param inputName the model's input that the images are for
  /// @throws DataException if a file is damaged, or they do not belong together
  /// @throws IOException if a file cannot be read
  public static IdxDataset open(
      Path imagesFile, Path labelsFile, Normalization normalization, String inputName)
      throws IOException {
    IdxFile images = IdxFile.read(imagesFile);
    IdxFile labels = IdxFile.read(labelsFile);
    int rank = images.sizes().length;
    if (rank < 3) {
      throw new DataException(
          "%s: has sizes %s; expected images, [N, H, W] or [N, C, H, W]"
              .formatted(imagesFile, Arrays.toString(images.sizes())));
    }
    if (labels.sizes().length != 1 || labels.sizes()[0] != images.sizes()[0]) {
      throw new DataException(
          "%s: has sizes %s; expected one label for each of the %d images in %s"
              .formatted(
                  labelsFile, Arrays.toString(labels.sizes()), images.sizes()[0], imagesFile));
    }
    int channels = rank == 4 ? images.sizes()[1] : 1;
    if (!normalization.fits(channels)) {
      throw new DataException(
          "%s: has %d channels; expected as many means and standard deviations, or one, got %s and %s"
              .formatted(imagesFile, channels, normalization.mean(), normalization.std()));
    }
    return new IdxDataset(
        imagesFile.toString(),
        inputName,
        normalization,
        images.bytes(),
        labels.bytes(),
        new Extent(
            images.sizes()[0], channels, images.sizes()[rank - 2], images.sizes()[rank - 1]));
  }

  @Override
  public String description() {
    return "%s (%d images)".formatted(description, extent.count());
  }

  @Override
  public long size() {
    return extent.count();
  }

  @Override
  public String digest() {
    return digest;
  }

  private static String digest(
      Normalization normalization, byte[] pixels, byte[] labels, Extent extent) {
    SampleDigest sha256 =
        new SampleDigest(
            "idx",
            normalization.mean().toString(),
            normalization.std().toString(),
            Double.toString(normalization.scale()),
            extent.toString());
    sha256.add(pixels, 0, extent.count() * extent.pixelsEach());
    sha256.add(labels, 0, extent.count());
    return sha256.hex();
  }

  @Override
  public boolean isRandom() {
    return false;
  }

  @Override
  public Stream<Batch> batches(int batchSize) {
    return BatchRanges.of(extent.count(), batchSize).map(this::batch);
  }

  @Override
  public Dataset limit(long limit) {
    int fewer = BatchRanges.limited(extent.count(), limit);
    return fewer == extent.count()
        ? this
        : new IdxDataset(
            description, inputName, normalization, pixels, labels, extent.withCount(fewer));
  }

  private Batch batch(BatchRanges.Range range) {
    int plane = extent.height() * extent.width();
    float[] floats = new float[Math.multiplyExact(range.count(), extent.pixelsEach())];
    int from = range.start() * extent.pixelsEach();
    for (int i = 0; i < floats.length; i++) {
      int channel = i / plane % extent.channels();
      floats[i] = values[(channel << 8) + Byte.toUnsignedInt(pixels[from + i])];
    }
    List<Integer> classes = new ArrayList<>(range.count());
    for (int i = range.start(); i < range.start() + range.count(); i++) {
      classes.add(Byte.toUnsignedInt(labels[i]));
    }
    Shape shape = Shape.of(range.count(), extent.channels(), extent.height(), extent.width());
    return new Batch(
        Map.of(inputName, Tensor.ofFloats(shape, floats)),
        new Labels.Classes(classes),
        range.count());
  }

  /// How many images there are, and their sizes.
  private record Extent(int count, int channels, int height, int width) {
    int pixelsEach() {
      return channels * height * width;
    }

    Extent withCount(int fewer) {
      return new Extent(fewer, channels, height, width);
    }
  }
}
