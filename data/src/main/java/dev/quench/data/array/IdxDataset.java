// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.data.image.ImageDataset;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.image.StoredImages;
import dev.quench.io.RegularFile;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Batches;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Digest;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.SampleChoice;
import dev.quench.run.dataset.Sampling;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Grey images with class labels in the IDX files of MNIST and Fashion-MNIST, plain or gzipped
/// (recognized by content).
///
/// Images become FLOAT `[samples, 1, height, width]` by a [Normalization]; labels are class
/// indices. The bytes are kept in memory and normalized batch by batch. Immutable, thread-safe.
public final class IdxDataset implements Dataset {
  /// The two halves of a data set with the usual file names.
  public enum Split {
    TRAIN("train"),
    TEST("t10k");

    final String prefix;

    Split(String prefix) {
      this.prefix = prefix;
    }
  }

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String description;
  private final IdxFile images;
  private final IdxFile labels;
  private final Normalization normalization;
  private final String inputName;
  private final int size;
  private final Optional<Sampling> sampling;

  private IdxDataset(
      String description,
      IdxFile images,
      IdxFile labels,
      Normalization normalization,
      String inputName,
      int size,
      Optional<Sampling> sampling) {
    this.description = description;
    this.images = images;
    this.labels = labels;
    this.normalization = normalization;
    this.inputName = inputName;
    this.size = size;
    this.sampling = sampling;
  }

  /// @param imagesFile unsigned bytes `[samples, height, width]`
  /// @param labelsFile unsigned bytes `[samples]`
  /// @param inputName the model's input that takes the images
  /// @throws IOException if a file cannot be read
  /// @throws DataException if a file is damaged, too large or not an IDX file, or the two do not
  ///   fit each other
  public static IdxDataset open(
      Path imagesFile, Path labelsFile, Normalization normalization, String inputName)
      throws IOException {
    try (InputStream images = new BufferedInputStream(RegularFile.open(imagesFile));
        InputStream labels = new BufferedInputStream(RegularFile.open(labelsFile))) {
      return read(
          imagesFile.toString(), images, labelsFile.toString(), labels, normalization, inputName);
    }
  }

  /// Reads from streams, such as resources of a jar.
  ///
  /// @param imagesName for messages
  /// @param images read to its end, not closed
  /// @param labelsName for messages
  /// @param labels read to its end, not closed
  /// @throws IOException if a stream cannot be read
  /// @throws DataException as [#open] does
  public static IdxDataset read(
      String imagesName,
      InputStream images,
      String labelsName,
      InputStream labels,
      Normalization normalization,
      String inputName)
      throws IOException {
    if (normalization.mean().size() != 1) {
      throw new IllegalArgumentException(
          "normalization has %d channels, but IDX images have 1"
              .formatted(normalization.mean().size()));
    }
    IdxFile imageFile = IdxFile.read(imagesName, images, 3, "images [samples, height, width]");
    IdxFile labelFile = IdxFile.read(labelsName, labels, 1, "labels [samples]");
    if (imageFile.size(0) != labelFile.size(0)) {
      throw new DataException(
          "%s holds %d images, but %s holds %d labels; they belong to different data sets"
              .formatted(imagesName, imageFile.size(0), labelsName, labelFile.size(0)));
    }
    return new IdxDataset(
        imagesName,
        imageFile,
        labelFile,
        normalization,
        inputName,
        imageFile.size(0),
        Optional.empty());
  }

  /// Opens `train-…` or `t10k-…` in a folder: `…-images-idx3-ubyte` and `…-labels-idx1-ubyte`, with
  /// or without `.gz`.
  ///
  /// @throws IOException if a file cannot be read
  /// @throws DataException if a file is not there, and as [#open] does
  public static IdxDataset openDirectory(
      Path directory, Split split, Normalization normalization, String inputName)
      throws IOException {
    return open(
        find(directory, split.prefix + "-images", "idx3-ubyte"),
        find(directory, split.prefix + "-labels", "idx1-ubyte"),
        normalization,
        inputName);
  }

  /// Opens an images file with its labels beside it, or a folder with one such pair or with both
  /// halves.
  ///
  /// @param split the half to open if the folder has both
  /// @throws IOException if a file cannot be read
  /// @throws DataException if a file is not there, and as [#open] does
  public static IdxDataset find(
      Path path, Split split, Normalization normalization, String inputName) throws IOException {
    IdxPair pair = IdxPair.find(path, split);
    return open(pair.images(), pair.labels(), normalization, inputName);
  }

  /// As [#find(Path, Split, Normalization, String)], with declared preprocessing.
  ///
  /// @throws IOException if a file cannot be read
  /// @throws DataException if a file is not there, and as [#open] does
  public static ImageDataset find(
      Path path, Split split, Preprocessing preprocessing, String inputName) throws IOException {
    IdxPair pair = IdxPair.find(path, split);
    return open(pair.images(), pair.labels(), Normalization.NONE, inputName)
        .preprocessed(preprocessing);
  }

  /// The same images with declared preprocessing in place of a normalization.
  public ImageDataset preprocessed(Preprocessing preprocessing) {
    StoredImages stored =
        new StoredImages(
            description,
            images.bytes(),
            labels.bytes(),
            width(),
            height(),
            1,
            IntStream.range(0, size).boxed().toList(),
            List.of());
    return ImageDataset.of(description, stored, preprocessing, inputName);
  }

  private static Path find(Path directory, String name, String suffix) {
    List<String> candidates = new ArrayList<>();
    for (String separator : List.of("-", ".")) {
      candidates.add(name + separator + suffix);
      candidates.add(name + separator + suffix + ".gz");
    }
    for (String candidate : candidates) {
      Path file = directory.resolve(candidate);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    throw new DataException(
        "%s: no file %s; expected one of %s".formatted(directory, name + "-" + suffix, candidates));
  }

  /// Height of the images in pixels.
  public int height() {
    return images.size(1);
  }

  /// Width of the images in pixels.
  public int width() {
    return images.size(2);
  }

  public Normalization normalization() {
    return normalization;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public String digest() {
    return new Digest("idx")
        .number(size)
        .number(height())
        .number(width())
        .bytes(images.bytes(), 0, size * height() * width())
        .bytes(labels.bytes(), 0, size)
        .text(normalization.toString())
        .text(inputName)
        .hex();
  }

  @Override
  public boolean isRandom() {
    return false;
  }

  @Override
  public Stream<Batch> batches(int batchSize) {
    return batchesFrom(0, batchSize);
  }

  @Override
  public Stream<Batch> batchesFrom(long first, int batchSize) {
    float[] table = normalization.ofBytes(0);
    return Batches.of(first, size, batchSize, (from, count) -> batch((int) from, count, table));
  }

  @Override
  public IdxDataset limit(long limit) {
    return new IdxDataset(
        description,
        images,
        labels,
        normalization,
        inputName,
        (int) Batches.limited(size, limit),
        sampling);
  }

  @Override
  public IdxDataset sample(long count, long seed) {
    int wanted = (int) Batches.limited(size, count);
    if (wanted == size) {
      return this;
    }
    int[] classes = IntStream.range(0, size).map(index -> labels.bytes()[index]).toArray();
    List<Integer> chosen = SampleChoice.of(classes, wanted, seed);
    return new IdxDataset(
        description,
        images.rows(chosen),
        labels.rows(chosen),
        normalization,
        inputName,
        wanted,
        Optional.of(new Sampling(seed, size)));
  }

  @Override
  public Optional<Sampling> sampling() {
    return sampling;
  }

  private Batch batch(int from, int count, float[] table) {
    int pixels = height() * width();
    byte[] raw = images.bytes();
    MemorySegment floats =
        MemorySegment.ofArray(new byte[Math.multiplyExact(Math.multiplyExact(count, pixels), 4)]);
    int first = from * pixels;
    for (int i = 0; i < count * pixels; i++) {
      floats.set(FLOAT, 4L * i, table[Byte.toUnsignedInt(raw[first + i])]);
    }
    List<Integer> classes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      classes.add(Byte.toUnsignedInt(labels.bytes()[from + i]));
    }
    Tensor tensor = Tensor.of(DataType.FLOAT, Shape.of(count, 1, height(), width()), floats);
    return new Batch(Map.of(inputName, tensor), new Labels.Classes(classes), count);
  }
}
