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

  /// For messages: what the image is called.
  String name(int index);

  /// Where the image is stored; empty when it is part of a larger file.
  Optional<Path> file(int index);

  /// @param orientation which way up
  /// @throws IOException if the file cannot be read
  /// @throws DataException naming the file, if it is damaged
  RawImage image(int index, Orientation orientation) throws IOException;

  /// Labels of one sample.
  ///
  /// @param image the sample's own, decoded
  /// @throws IOException if the file cannot be read
  /// @throws DataException if the labels do not match the image
  Labels labels(int index, RawImage image) throws IOException;

  /// Adds what is stored of a sample, labels included.
  void addTo(Digest digest, int index) throws IOException;

  /// What tells samples of different classes apart; the same for all where nothing is known.
  int group(int index);

  /// Empty where classes have no names.
  List<String> classNames();

  /// The same samples at other positions.
  ImageSamples at(List<Integer> positions);
}
