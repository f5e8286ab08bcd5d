// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.data.annotation.FolderFiles;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.run.dataset.AxisSlice;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.Batches;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Digest;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.SampleChoice;
import dev.quench.run.dataset.Sampling;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// Samples from folders of `.npy` files, one folder per input and one file per sample, in the order
/// of their names; samples may differ in size. Each array holds one sample of an input, with a
/// batch axis of size 1 or without that axis.
///
/// Files are read batch by batch. Immutable, thread-safe.
final class NpyEntries implements Dataset {
  private final Map<String, List<Path>> files;
  private final Map<String, TensorType> inputs;
  private final BatchAxes axes;
  private final Labels labels;
  private final int size;
  private final Optional<Sampling> sampling;

  private NpyEntries(
      Map<String, List<Path>> files,
      Map<String, TensorType> inputs,
      BatchAxes axes,
      Labels labels,
      int size,
      Optional<Sampling> sampling) {
    this.files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    this.inputs = inputs;
    this.axes = axes;
    this.labels = labels;
    this.size = size;
    this.sampling = sampling;
  }

  /// @param folders by input name
  /// @param inputs declared types
  /// @param labels one per sample, or empty
  /// @throws DataException if folders hold different numbers of files, or no files
  static NpyEntries open(
      Map<String, Path> folders, Map<String, TensorType> inputs, BatchAxes axes, Labels labels)
      throws IOException {
    Map<String, List<Path>> files = new LinkedHashMap<>();
    int size = -1;
    for (Map.Entry<String, Path> folder : folders.entrySet()) {
      List<Path> found = arrays(folder.getValue());
      if (found.isEmpty()) {
        throw new DataException(folder.getValue() + " holds no .npy file");
      }
      if (size >= 0 && found.size() != size) {
        throw new DataException(
            "%s holds %d .npy files, the folder of another input %d; expected one for each sample"
                .formatted(folder.getValue(), found.size(), size));
      }
      size = found.size();
      files.put(folder.getKey(), found);
    }
    if (labels instanceof Labels.Classes(List<Integer> classes) && classes.size() != size) {
      throw new DataException(
          "%s: %d labels for %d samples".formatted(folders.values(), classes.size(), size));
    }
    return new NpyEntries(files, inputs, axes, labels, size, Optional.empty());
  }

  private static List<Path> arrays(Path folder) throws IOException {
    try (Stream<Path> found = Files.list(folder)) {
      return found.filter(file -> FolderFiles.name(file).endsWith(".npy")).sorted().toList();
    }
  }

  @Override
  public String description() {
    return files.values().stream()
        .map(list -> String.valueOf(list.getFirst().getParent()))
        .toList()
        .toString();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public String digest() {
    Digest digest = new Digest("entries").number(size);
    try {
      for (int index = 0; index < size; index++) {
        for (Map.Entry<String, Tensor> entry : sample(index).entrySet()) {
          digest.text(entry.getKey()).tensor(entry.getValue());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(description() + ": " + e.getMessage(), e);
    }
    return digest.labels(labels).hex();
  }

  @Override
  public boolean isRandom() {
    return false;
  }

  @Override
  public BatchAxes axes() {
    return axes;
  }

  @Override
  public Optional<Sampling> sampling() {
    return sampling;
  }

  @Override
  public NpyEntries limit(long limit) {
    int count = (int) Batches.limited(size, limit);
    return at(IntStream.range(0, count).boxed().toList(), sampling);
  }

  @Override
  public NpyEntries sample(long count, long seed) {
    int wanted = (int) Batches.limited(size, count);
    if (wanted == size) {
      return this;
    }
    int[] groups =
        labels instanceof Labels.Classes(List<Integer> classes)
            ? classes.stream().mapToInt(Integer::intValue).toArray()
            : new int[size];
    return at(SampleChoice.of(groups, wanted, seed), Optional.of(new Sampling(seed, size)));
  }

  private NpyEntries at(List<Integer> positions, Optional<Sampling> chosen) {
    Map<String, List<Path>> some = new LinkedHashMap<>();
    files.forEach((name, list) -> some.put(name, positions.stream().map(list::get).toList()));
    return new NpyEntries(some, inputs, axes, labels.at(positions), positions.size(), chosen);
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
    boolean single = files.keySet().stream().anyMatch(name -> axes.of(name).isEmpty());
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(
            new Reader(first, single ? 1 : batchSize), Spliterator.ORDERED | Spliterator.NONNULL),
        false);
  }

  /// One sample of each input, without the batch axis.
  private Map<String, Tensor> sample(int index) throws IOException {
    Map<String, Tensor> sample = new LinkedHashMap<>();
    for (Map.Entry<String, List<Path>> input : files.entrySet()) {
      Path file = input.getValue().get(index);
      sample.put(input.getKey(), entry(input.getKey(), file, NpyFile.read(file)));
    }
    return sample;
  }

  private Tensor entry(String name, Path file, Tensor array) {
    TensorType type = inputs.get(name);
    Shape declared = type == null ? null : type.shape();
    OptionalInt axis = axes.of(name);
    if (declared == null || axis.isEmpty()) {
      return array;
    }
    int rank = declared.rank();
    if (array.shape().rank() == rank - 1) {
      return array;
    }
    if (array.shape().rank() == rank && array.shape().size(axis.getAsInt()) == 1) {
      List<Dim> dims = new ArrayList<>(array.shape().dims());
      dims.remove(axis.getAsInt());
      return array.reshape(new Shape(dims));
    }
    throw new DataException(
        "%s: %s, expected one sample of input '%s' %s, whose samples lie along axis %d"
            .formatted(file, array.shape(), name, declared, axis.getAsInt()));
  }

  /// Reads one sample beyond the current batch, to see whether it stacks with it.
  private final class Reader implements Iterator<Batch> {
    private final int batchSize;
    private int next;
    private @Nullable Map<String, Tensor> pending;

    Reader(long first, int batchSize) {
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
      List<Map<String, Tensor>> parts = new ArrayList<>();
      parts.add(take());
      int from = next - 1;
      while (parts.size() < batchSize && next < size) {
        Map<String, Tensor> sample = take();
        if (!stacks(sample, parts.getFirst())) {
          pending = sample;
          break;
        }
        parts.add(sample);
      }
      Map<String, Tensor> stacked = new LinkedHashMap<>();
      for (String name : files.keySet()) {
        List<Tensor> entries =
            parts.stream().map(part -> Objects.requireNonNull(part.get(name))).toList();
        OptionalInt axis = axes.of(name);
        stacked.put(
            name,
            axis.isEmpty()
                ? entries.getFirst()
                : AxisSlice.moveFirst(AxisSlice.stacked(entries), axis.getAsInt()));
      }
      Labels some = labels.slice(from, from + parts.size());
      return new Batch(stacked, some, parts.size(), List.of(), axes);
    }

    private Map<String, Tensor> take() {
      Map<String, Tensor> ready = pending;
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

    private boolean stacks(Map<String, Tensor> a, Map<String, Tensor> b) {
      return files.keySet().stream()
          .allMatch(name ->
              like(Objects.requireNonNull(a.get(name)), Objects.requireNonNull(b.get(name))));
    }

    private static boolean like(Tensor a, Tensor b) {
      return a.shape().equals(b.shape()) && a.dataType() == b.dataType();
    }
  }
}
