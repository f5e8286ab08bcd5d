// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.data.image.ImageDataset;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.image.StoredImages;
import dev.quench.io.RegularFile;
import dev.quench.run.dataset.DataException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// CIFAR-10 in its binary version: records of one class byte and 32 by 32 pixels, first the red
/// plane, then green, then blue. Files are kept in memory.
///
/// Source: A. Krizhevsky, "The CIFAR-10 dataset", section "Binary version".
public final class CifarFile {
  private static final int SIDE = 32;
  private static final int PIXELS = 3 * SIDE * SIDE;
  private static final int RECORD = 1 + PIXELS;

  /// The largest number of records in a file; the data set's files have 10,000.
  private static final int MAX_RECORDS = 100_000;

  private static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private CifarFile() {}

  /// Opens `data_batch_1.bin` to `data_batch_5.bin`, or `test_batch.bin`, in a folder or in its
  /// `cifar-10-batches-bin`.
  ///
  /// @param inputName the model's input that takes the images
  /// @throws IOException if a file cannot be read
  /// @throws DataException if a file is missing or damaged
  public static ImageDataset open(
      Path folder, IdxDataset.Split split, Preprocessing preprocessing, String inputName)
      throws IOException {
    Path inner = folder.resolve("cifar-10-batches-bin");
    Path root = Files.isDirectory(inner) ? inner : folder;
    List<Path> files =
        switch (split) {
          case TEST -> List.of(root.resolve("test_batch.bin"));
          case TRAIN ->
              IntStream.rangeClosed(1, 5)
                  .mapToObj(number -> root.resolve("data_batch_" + number + ".bin"))
                  .toList();
        };
    List<byte[]> records = new ArrayList<>();
    int samples = 0;
    for (Path file : files) {
      byte[] bytes = read(file);
      records.add(bytes);
      samples += bytes.length / RECORD;
    }
    byte[] planes = new byte[Math.multiplyExact(samples, PIXELS)];
    byte[] classes = new byte[samples];
    int sample = 0;
    for (byte[] bytes : records) {
      for (int from = 0; from < bytes.length; from += RECORD, sample++) {
        classes[sample] = bytes[from];
        System.arraycopy(bytes, from + 1, planes, sample * PIXELS, PIXELS);
      }
    }
    StoredImages images =
        new StoredImages(
            root.toString(),
            planes,
            classes,
            SIDE,
            SIDE,
            3,
            IntStream.range(0, samples).boxed().toList(),
            CLASSES);
    return ImageDataset.of(root.toString(), images, preprocessing, inputName);
  }

  private static byte[] read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + ": no such file; expected CIFAR-10's binary version");
    }
    byte[] bytes;
    try (InputStream stream = new BufferedInputStream(RegularFile.open(file))) {
      bytes = stream.readNBytes(RECORD * MAX_RECORDS + 1);
    }
    if (bytes.length == 0 || bytes.length % RECORD != 0 || bytes.length > RECORD * MAX_RECORDS) {
      throw new DataException(
          "%s: %d bytes, expected records of %d bytes, at most %d of them"
              .formatted(file, bytes.length, RECORD, MAX_RECORDS));
    }
    for (int from = 0; from < bytes.length; from += RECORD) {
      if (bytes[from] < 0 || bytes[from] >= CLASSES.size()) {
        throw new DataException(
            "%s: record %d has class %d, expected 0 to 9"
                .formatted(file, from / RECORD, Byte.toUnsignedInt(bytes[from])));
      }
    }
    return bytes;
  }
}
