// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Batches;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Digest;
import dev.quench.run.dataset.ImageSource;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.SampleChoice;
import dev.quench.run.dataset.Sampling;
import dev.quench.run.dataset.SkippedFile;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// Images with declared [Preprocessing] as one input `[samples, C, H, W]` or `[samples, H, W, C]`.
///
/// Decoding happens batch by batch, in the thread that consumes the batches; [ReadAhead] moves it
/// to the background. Images that differ in size after preprocessing never share a batch.
/// Immutable, thread-safe.
public final class ImageDataset implements Dataset {
  private final String description;
  private final ImageSamples samples;
  private final Preprocessing preprocessing;
  private final String inputName;
  private final int size;
  private final List<SkippedFile> skipped;
  private final Optional<Sampling> sampling;
  private volatile @Nullable String digest;

  private ImageDataset(
      String description,
      ImageSamples samples,
      Preprocessing preprocessing,
      String inputName,
      int size,
      List<SkippedFile> skipped,
      Optional<Sampling> sampling) {
    this.description = description;
    this.samples = samples;
    this.preprocessing = preprocessing;
    this.inputName = inputName;
    this.size = size;
    this.skipped = skipped;
    this.sampling = sampling;
  }

  public static ImageDataset of(
      String description, ImageSamples samples, Preprocessing preprocessing, String inputName) {
    return of(description, samples, preprocessing, inputName, List.of());
  }

  /// @param others files that were left out
  public static ImageDataset of(
      String description,
      ImageSamples samples,
      Preprocessing preprocessing,
      String inputName,
      List<SkippedFile> others) {
    if (samples.size() == 0) {
      throw new DataException(
          "%s: expected images, found none; supported are %s"
              .formatted(description, ImageFile.READ));
    }
    return new ImageDataset(
        description,
        samples,
        preprocessing,
        inputName,
        samples.size(),
        List.copyOf(others),
        Optional.empty());
  }

  /// Reads every sample once and leaves out unusable ones, which [#skipped] lists. Without this, a
  /// damaged file is an error when its batch is read.
  ///
  /// @throws IOException if a file cannot be read at all
  /// @throws DataException if no sample is left
  public ImageDataset skippingDamaged() throws IOException {
    @Nullable SkippedFile[] damaged = new SkippedFile[size];
    try {
      IntStream.range(0, size).parallel().forEach(index -> damaged[index] = damage(index));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    List<Integer> good = new ArrayList<>();
    List<SkippedFile> bad = new ArrayList<>(skipped);
    for (int index = 0; index < size; index++) {
      SkippedFile reason = damaged[index];
      if (reason == null) {
        good.add(index);
      } else {
        bad.add(reason);
      }
    }
    if (good.isEmpty()) {
      throw new DataException(
          "%s: none of the %d images can be used; the first: %s"
              .formatted(description, size, bad.getFirst().reason()));
    }
    return new ImageDataset(
        description,
        samples.at(good),
        preprocessing,
        inputName,
        good.size(),
        List.copyOf(bad),
        sampling);
  }

  private @Nullable SkippedFile damage(int index) {
    try {
      Sample _ = sample(index);
      return null;
    } catch (DataException e) {
      return new SkippedFile(
          samples.file(index).orElseThrow(() -> e), String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<String> classNames() {
    return samples.classNames();
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
  public Optional<String> preprocessing() {
    return Optional.of(preprocessing.toJson());
  }

  @Override
  public List<SkippedFile> skipped() {
    return skipped;
  }

  /// Covers the bytes of the files, their labels and the preprocessing, but neither names nor
  /// folders of files; reads all files the first time.
  @Override
  public String digest() {
    String known = digest;
    if (known == null) {
      Digest all = new Digest("images").text(preprocessing.toJson()).text(inputName).number(size);
      try {
        for (int index = 0; index < size; index++) {
          samples.addTo(all, index);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(description + ": " + e.getMessage(), e);
      }
      known = all.hex();
      digest = known;
    }
    return known;
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
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size must be 1 or more, got " + batchSize);
    }
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(
            new BatchReader(first, batchSize), Spliterator.ORDERED | Spliterator.NONNULL),
        false);
  }

  @Override
  public ImageDataset limit(long limit) {
    return new ImageDataset(
        description,
        samples,
        preprocessing,
        inputName,
        (int) Batches.limited(size, limit),
        skipped,
        sampling);
  }

  @Override
  public ImageDataset sample(long count, long seed) {
    int wanted = (int) Batches.limited(size, count);
    if (wanted == size) {
      return this;
    }
    int[] groups = IntStream.range(0, size).map(samples::group).toArray();
    List<Integer> chosen = SampleChoice.of(groups, wanted, seed);
    return new ImageDataset(
        description,
        samples.at(chosen),
        preprocessing,
        inputName,
        wanted,
        skipped,
        Optional.of(new Sampling(seed, size)));
  }

  @Override
  public Optional<Sampling> sampling() {
    return sampling;
  }

  private record Sample(
      PreparedImage image, Shape shape, Labels labels, Optional<ImageSource> source) {}

  private Sample sample(int index) throws IOException {
    RawImage stored = samples.image(index, preprocessing.orientation());
    PreparedImage image = PreparedImage.of(samples.name(index), stored, preprocessing);
    return new Sample(
        image,
        image.shape(preprocessing.layout()),
        samples.labels(index, stored),
        samples.file(index).map(file -> new ImageSource(file, image.geometry())));
  }

  private Batch batch(List<Sample> parts, float[][] table) {
    Shape one = parts.getFirst().shape();
    long bytes = preprocessing.dataType().byteSize(one.elements());
    if (bytes > Integer.MAX_VALUE / parts.size()) {
      throw new DataException(
          "%s: a batch of %d samples of %s %s is larger than 2 GiB; use smaller batches"
              .formatted(description, parts.size(), preprocessing.dataType(), one));
    }
    MemorySegment all = MemorySegment.ofArray(new byte[(int) bytes * parts.size()]);
    List<Labels> labels = new ArrayList<>();
    List<ImageSource> sources = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      parts.get(i).image().writeTo(all.asSlice(i * bytes, bytes), preprocessing, table);
      labels.add(parts.get(i).labels());
      parts.get(i).source().ifPresent(sources::add);
    }
    List<Dim> dims = new ArrayList<>(one.dims());
    dims.addFirst(Dim.of(parts.size()));
    Tensor tensor = Tensor.of(preprocessing.dataType(), new Shape(dims), all);
    return new Batch(Map.of(inputName, tensor), joined(labels), parts.size(), sources);
  }

  private static Labels joined(List<Labels> parts) {
    return switch (parts.getFirst()) {
      case Labels.None none -> none;
      case Labels.Classes _ ->
          new Labels.Classes(
              parts.stream().flatMap(part -> ((Labels.Classes) part).indices().stream()).toList());
      case Labels.Masks _ ->
          new Labels.Masks(
              parts.stream().flatMap(part -> ((Labels.Masks) part).masks().stream()).toList());
      case Labels.Boxes _ ->
          new Labels.Boxes(
              parts.stream().flatMap(part -> ((Labels.Boxes) part).images().stream()).toList());
      case Labels.Texts _ ->
          new Labels.Texts(
              parts.stream().flatMap(part -> ((Labels.Texts) part).texts().stream()).toList());
    };
  }

  /// Reads one sample beyond the current batch, to see whether it stacks with it.
  private final class BatchReader implements Iterator<Batch> {
    private final int batchSize;
    private final float[][] table = PreparedImage.table(preprocessing);
    private int next;
    private @Nullable Sample pending;

    BatchReader(long first, int batchSize) {
      this.next = (int) Math.min(first, size);
      this.batchSize = batchSize;
    }

    @Override
    public boolean hasNext() {
      return pending != null || next < size;
    }

    @Override
    public Batch next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      List<Sample> parts = new ArrayList<>();
      parts.add(take());
      while (parts.size() < batchSize && next < size) {
        Sample sample = take();
        if (!sample.shape().equals(parts.getFirst().shape())) {
          pending = sample;
          break;
        }
        parts.add(sample);
      }
      return batch(parts, table);
    }

    private Sample take() {
      Sample ready = pending;
      if (ready != null) {
        pending = null;
        return ready;
      }
      try {
        return sample(next++);
      } catch (IOException e) {
        throw new UncheckedIOException(e.getMessage(), e);
      }
    }
  }
}
