// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Samples in a fixed order that can be read again and again. Implementations are immutable and
/// thread-safe.
public interface Dataset {
  /// For messages and tables: where the data come from.
  String description();

  /// How many samples there are.
  long size();

  /// SHA-256, in hex, of everything that determines the samples: the data and its preprocessing.
  ///
  /// By default [Digest#ofSamples], which reads every sample each time; override it where the data
  /// are known by something smaller.
  ///
  /// @throws UncheckedIOException if the data cannot be read
  default String digest() {
    return Digest.ofSamples(this);
  }

  /// Whether the samples are generated noise, on which no calibration counts.
  boolean isRandom();

  /// The samples in order, `batchSize` at a time, the last batch possibly smaller; read lazily.
  /// Where samples differ in size a batch ends early, before the first that does not stack. Close
  /// the stream.
  ///
  /// @throws IOException if the data cannot be read
  Stream<Batch> batches(int batchSize) throws IOException;

  /// As [#batches], without the samples before `first`. By default these are read all the same;
  /// override it where they can be passed over, so that many parts of one data set can be read
  /// apart. The first batch begins with sample `first` and may be smaller than the others.
  ///
  /// @param first number of a sample, from 0
  /// @throws IOException if the data cannot be read
  default Stream<Batch> batchesFrom(long first, int batchSize) throws IOException {
    return Batches.from(batches(batchSize), first);
  }

  /// Along which axis of each input batches hold samples.
  default BatchAxes axes() {
    return BatchAxes.FIRST;
  }

  /// How stored images become inputs, as the JSON object that tables record; empty where nothing is
  /// declared.
  default Optional<String> preprocessing() {
    return Optional.empty();
  }

  /// The names of the classes that labels count, in order; empty where they are not known.
  default List<String> classNames() {
    return List.of();
  }

  /// Files left out because they cannot be read; empty unless skipping was requested.
  default List<SkippedFile> skipped() {
    return List.of();
  }

  /// The first `limit` samples of this data set (all, if there are fewer).
  Dataset limit(long limit);

  /// `count` samples of this data set (all, if there are fewer), in its order: chosen by `seed`,
  /// from each class in proportion and at least one, where classes are known, else uniformly. The
  /// same for the same data, count and seed.
  ///
  /// @throws IllegalArgumentException unless `count` is positive
  /// @throws DataException if this data set cannot choose
  default Dataset sample(long count, long seed) {
    throw new DataException(
        description() + ": this data set cannot choose; take its first samples");
  }

  /// How the samples were chosen; empty if they were not.
  default Optional<Sampling> sampling() {
    return Optional.empty();
  }
}
