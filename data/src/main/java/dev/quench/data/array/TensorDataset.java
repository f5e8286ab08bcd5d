// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.run.dataset.AxisSlice;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.Batches;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Digest;
import dev.quench.run.dataset.InputFeed;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.SampleChoice;
import dev.quench.run.dataset.Sampling;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Samples in memory, one tensor per input, stacked along axis 0 unless an [InputFeed] gives
/// another axis. Batches along axis 0 share the memory. Immutable, thread-safe.
public final class TensorDataset implements Dataset {
  private final String description;
  private final Map<String, Tensor> inputs;
  private final Map<String, InputFeed> feeds;
  private final Labels labels;
  private final long size;
  private final Optional<Sampling> sampling;

  private TensorDataset(
      String description,
      Map<String, Tensor> inputs,
      Map<String, InputFeed> feeds,
      Labels labels,
      long size,
      Optional<Sampling> sampling) {
    this.description = description;
    this.inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    this.feeds = Map.copyOf(feeds);
    this.labels = labels;
    this.size = size;
    this.sampling = sampling;
  }

  /// @param description the source of the data, for messages
  /// @param inputs by the model's input name; each `[samples, …]`; borrowed
  /// @param labels one per sample, or empty
  /// @throws DataException if the data hold no samples, a tensor has no axis 0, an element type is
  ///   narrower than a byte, or the numbers of samples differ
  public static TensorDataset of(String description, Map<String, Tensor> inputs, Labels labels) {
    return of(description, inputs, Map.of(), labels);
  }

  /// Samples without labels.
  public static TensorDataset of(String description, Map<String, Tensor> inputs) {
    return of(description, inputs, new Labels.None());
  }

  /// As [#of(String, Map, Labels)]; if all inputs are [InputFeed.Whole], the data hold one sample.
  ///
  /// @param feeds by input name; axis 0 for absent names
  /// @throws DataException if the data hold no samples, a tensor lacks its batch axis, an element
  ///   type is narrower than a byte, or the numbers of samples differ
  public static TensorDataset of(
      String description, Map<String, Tensor> inputs, Map<String, InputFeed> feeds, Labels labels) {
    if (inputs.isEmpty()) {
      throw new DataException(description + ": no inputs, expected one tensor for each");
    }
    long size = -1;
    for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
      Tensor tensor = input.getValue();
      OptionalInt axis = sampleAxis(feeds, input.getKey());
      if (tensor.dataType().bits() < 8
          || (axis.isPresent() && tensor.shape().rank() <= axis.getAsInt())) {
        throw new DataException(
            "%s: input '%s' is %s %s, expected [samples, …] of a type at least a byte wide"
                .formatted(description, input.getKey(), tensor.dataType(), tensor.shape()));
      }
      if (axis.isEmpty()) {
        continue;
      }
      long samples = tensor.shape().size(axis.getAsInt());
      if (size >= 0 && samples != size) {
        throw new DataException(
            "%s: input '%s' has %d samples, others have %d"
                .formatted(description, input.getKey(), samples, size));
      }
      size = samples;
    }
    if (size == 0) {
      throw new DataException(description + ": no samples");
    }
    size = Math.max(1, size);
    if (count(labels, size) != size) {
      throw new DataException(
          "%s: %d labels for %d samples".formatted(description, count(labels, size), size));
    }
    return new TensorDataset(description, inputs, feeds, labels, size, Optional.empty());
  }

  private static OptionalInt sampleAxis(Map<String, InputFeed> feeds, String input) {
    return switch (feeds.getOrDefault(input, new InputFeed.Along(0))) {
      case InputFeed.Along(int axis) -> OptionalInt.of(axis);
      case InputFeed.Whole() -> OptionalInt.empty();
      case InputFeed.Each() -> OptionalInt.of(0);
    };
  }

  private static long count(Labels labels, long samples) {
    return switch (labels) {
      case Labels.None _ -> samples;
      case Labels.Classes classes -> classes.indices().size();
      case Labels.Masks masks -> masks.masks().size();
      case Labels.Boxes boxes -> boxes.images().size();
      case Labels.Texts texts -> texts.texts().size();
    };
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
    Digest digest = new Digest("tensors");
    inputs.forEach((name, tensor) -> {
      digest.text(name);
      InputFeed feed = feeds.get(name);
      if (feed != null && !feed.equals(new InputFeed.Along(0))) {
        digest.text(feed.toString());
      }
      digest.tensor(part(name, tensor, 0, size));
    });
    digest.labels(labels.slice(0, labels instanceof Labels.None ? 0 : Math.toIntExact(size)));
    return digest.hex();
  }

  @Override
  public boolean isRandom() {
    return false;
  }

  @Override
  public Optional<Sampling> sampling() {
    return sampling;
  }

  @Override
  public BatchAxes axes() {
    Map<String, OptionalInt> axes = new LinkedHashMap<>();
    feeds.forEach((name, feed) ->
        axes.put(
            name,
            feed instanceof InputFeed.Along(int axis)
                ? OptionalInt.of(axis)
                : OptionalInt.empty()));
    return BatchAxes.FIRST.with(axes);
  }

  @Override
  public Stream<Batch> batches(int batchSize) {
    return batchesFrom(0, batchSize);
  }

  @Override
  public Stream<Batch> batchesFrom(long first, int batchSize) {
    boolean single = feeds.containsValue(new InputFeed.Each());
    BatchAxes axes = axes();
    return Batches.of(
        first,
        size,
        single ? Math.min(1, batchSize) : batchSize,
        (from, count) -> batch(from, count, axes));
  }

  @Override
  public TensorDataset limit(long limit) {
    return new TensorDataset(
        description, inputs, feeds, labels, Batches.limited(size, limit), sampling);
  }

  @Override
  public TensorDataset sample(long count, long seed) {
    int wanted = Math.toIntExact(Batches.limited(size, count));
    if (wanted == size) {
      return this;
    }
    List<Integer> chosen =
        labels instanceof Labels.Classes(List<Integer> classes)
            ? SampleChoice.of(
                IntStream.range(0, (int) size).map(classes::get).toArray(), wanted, seed)
            : SampleChoice.uniform(Math.toIntExact(size), wanted, seed);
    Map<String, Tensor> some = new LinkedHashMap<>();
    inputs.forEach((name, tensor) -> {
      OptionalInt axis = sampleAxis(feeds, name);
      some.put(name, axis.isEmpty() ? tensor : AxisSlice.of(tensor, axis.getAsInt(), chosen));
    });
    return new TensorDataset(
        description, some, feeds, labels.at(chosen), wanted, Optional.of(new Sampling(seed, size)));
  }

  private Batch batch(long from, int count, BatchAxes axes) {
    Map<String, Tensor> rows = new LinkedHashMap<>();
    inputs.forEach((name, tensor) -> {
      Tensor part = part(name, tensor, from, from + count);
      if (feeds.get(name) instanceof InputFeed.Each) {
        List<Dim> dims = part.shape().dims();
        part = part.reshape(new Shape(dims.subList(1, dims.size())));
      }
      rows.put(name, part);
    });
    Labels some = labels.slice(Math.toIntExact(from), Math.toIntExact(from + count));
    return new Batch(rows, some, count, List.of(), axes);
  }

  private Tensor part(String name, Tensor tensor, long from, long to) {
    OptionalInt axis = sampleAxis(feeds, name);
    return axis.isEmpty() ? tensor : AxisSlice.of(tensor, axis.getAsInt(), from, to);
  }
}
