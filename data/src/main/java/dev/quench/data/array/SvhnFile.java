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
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// The Street View House Numbers in their cropped format: MATLAB files with images `X` `[32, 32, 3,
/// samples]` and labels `y` `[samples, 1]`, where 10 means the digit 0. A file is kept in memory.
///
/// Source: Netzer et al., Reading Digits in Natural Images, NIPS workshop 2011; "Format 2".
public final class SvhnFile {
  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;
  private static final int PIXELS = 3 * PLANE;

  /// The largest number of samples in a file; the training set has 73,257.
  private static final int MAX_SAMPLES = 200_000;

  private static final List<String> CLASSES =
      IntStream.rangeClosed(0, 9).mapToObj(String::valueOf).toList();

  private SvhnFile() {}

  /// Opens `train_32x32.mat` or `test_32x32.mat` in a folder, or one such file.
  ///
  /// @param split ignored where `path` is a file
  /// @param inputName the model's input that takes the images
  /// @throws IOException if a file cannot be read
  /// @throws DataException if a file is missing, damaged or holds other data
  public static ImageDataset open(
      Path path, IdxDataset.Split split, Preprocessing preprocessing, String inputName)
      throws IOException {
    String name = split == IdxDataset.Split.TRAIN ? "train_32x32.mat" : "test_32x32.mat";
    Path file = Files.isDirectory(path) ? path.resolve(name) : path;
    if (!Files.exists(file)) {
      throw new DataException(file + ": no such file; expected SVHN's cropped digits");
    }
    Map<String, MatArray> arrays;
    try (InputStream in = new BufferedInputStream(RegularFile.open(file))) {
      arrays = MatFile.read(file.toString(), in, (long) PIXELS * MAX_SAMPLES);
    }
    MatArray images = arrays.get("X");
    MatArray labels = arrays.get("y");
    if (images == null || labels == null) {
      throw new DataException(
          "%s holds the arrays %s, expected X and y".formatted(file, arrays.keySet()));
    }
    int samples = samples(file, images, labels);
    StoredImages stored =
        new StoredImages(
            file.toString(),
            planes(images, samples),
            classes(file, labels),
            SIDE,
            SIDE,
            3,
            IntStream.range(0, samples).boxed().toList(),
            CLASSES);
    return ImageDataset.of(file.toString(), stored, preprocessing, inputName);
  }

  /// A single sample may lack the last axis, as MATLAB drops it.
  private static int samples(Path file, MatArray images, MatArray labels) {
    int samples = images.elements() / PIXELS;
    List<Integer> sizes = images.sizes();
    boolean fits =
        sizes.equals(List.of(SIDE, SIDE, 3, samples))
            || (samples == 1 && sizes.equals(List.of(SIDE, SIDE, 3)));
    if (images.type() != MatArray.UINT8 || !fits || samples == 0) {
      throw new DataException(
          "%s: X is %s, expected bytes [32, 32, 3, samples]".formatted(file, sizes));
    }
    if (labels.elements() != samples) {
      throw new DataException(
          "%s: %d labels for %d images".formatted(file, labels.elements(), samples));
    }
    return samples;
  }

  /// From columns of each plane to rows.
  private static byte[] planes(MatArray images, int samples) {
    byte[] columns = images.data().array();
    byte[] rows = new byte[columns.length];
    for (int plane = 0; plane < 3 * samples; plane++) {
      int start = plane * PLANE;
      for (int row = 0; row < SIDE; row++) {
        for (int column = 0; column < SIDE; column++) {
          rows[start + row * SIDE + column] = columns[start + column * SIDE + row];
        }
      }
    }
    return rows;
  }

  private static byte[] classes(Path file, MatArray labels) {
    byte[] classes = new byte[labels.elements()];
    for (int i = 0; i < classes.length; i++) {
      double label = labels.value(i);
      if (label != Math.rint(label) || label < 0 || label > 10) {
        throw new DataException(
            "%s: image %d has label %s, expected 1 to 10, where 10 is the digit 0"
                .formatted(file, i, label));
      }
      classes[i] = (byte) (label == 10 ? 0 : label);
    }
    return classes;
  }
}
