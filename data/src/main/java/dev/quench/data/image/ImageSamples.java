// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import dev.quench.run.dataset.Digest;
import dev.quench.run.dataset.Labels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Labelled images before any preprocessing, in a fixed order. Implementations are immutable and
/// thread-safe.
public interface ImageSamples {
  int size();

  /// The name of the image, for messages.
  String name(int index);

  /// The file of the image; empty if it is part of a larger file.
  Optional<Path> file(int index);

  /// @param orientation the orientation to return
  /// @throws IOException if the file cannot be read
  /// @throws DataException naming the file, if it is damaged
  RawImage image(int index, Orientation orientation) throws IOException;

  /// Labels of one sample.
  ///
  /// @param image the decoded image of the sample
  /// @throws IOException if the file cannot be read
  /// @throws DataException if the labels do not match the image
  Labels labels(int index, RawImage image) throws IOException;

  /// Adds the stored bytes of a sample, including labels.
  void addTo(Digest digest, int index) throws IOException;

  /// A key that distinguishes samples of different classes; the same for all samples if classes are
  /// unknown.
  int group(int index);

  /// The names of the classes; empty without names.
  List<String> classNames();

  /// The samples at the given positions.
  ImageSamples at(List<Integer> positions);
}
