// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Samples that are made when they are read, the same each time.
///
/// @param description names all that decides the samples: what they are, the vocabulary, the seed
record GeneratedDataset(String description, long size, Source source) implements Dataset {
  /// Makes one sample; for any thread.
  @FunctionalInterface
  interface Source {
    Sample sample(long index);
  }

  /// @param inputs `[1, …]` by name, of the same shapes in all samples
  /// @param label of this sample alone: a text, a class or nothing
  record Sample(Map<String, Tensor> inputs, Labels label) {}

  @Override
  public String digest() {
    try {
      byte[] text = (description + '\n' + size).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public boolean isRandom() {
    return false;
  }

  @Override
  public Dataset limit(long limit) {
    return new GeneratedDataset(description, Math.min(limit, size), source);
  }

  @Override
  public Stream<Batch> batches(int batchSize) {
    return LongStream.range(0, Math.ceilDiv(size, (long) batchSize))
        .mapToObj(index -> batch(index * batchSize, Math.min(batchSize, size - index * batchSize)));
  }

  /// The inputs of the first samples, one at a time.
  List<Map<String, Tensor>> inputs(long count) {
    return LongStream.range(0, Math.min(count, size))
        .mapToObj(index -> source.sample(index).inputs())
        .toList();
  }

  private Batch batch(long first, long count) {
    List<Sample> samples = LongStream.range(first, first + count).mapToObj(source::sample).toList();
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (String name : samples.getFirst().inputs().keySet()) {
      inputs.put(name, stacked(samples.stream().map(sample -> sample.inputs().get(name)).toList()));
    }
    Labels labels = joined(samples.stream().map(Sample::label).toList());
    return new Batch(inputs, labels, Math.toIntExact(count));
  }

  private static Tensor stacked(List<Tensor> rows) {
    Tensor row = rows.getFirst();
    DataType type = row.dataType();
    Shape shape = row.shape().with(0, Dim.of(rows.size()));
    MemorySegment all = Arena.ofAuto().allocate(row.byteSize() * rows.size(), Long.BYTES);
    for (int i = 0; i < rows.size(); i++) {
      MemorySegment.copy(rows.get(i).bytes(), 0, all, i * row.byteSize(), row.byteSize());
    }
    return Tensor.of(type, shape, all);
  }

  private static Labels joined(List<Labels> labels) {
    List<String> texts = new ArrayList<>();
    List<Integer> classes = new ArrayList<>();
    for (Labels label : labels) {
      switch (label) {
        case Labels.Texts(List<String> one) -> texts.addAll(one);
        case Labels.Classes(List<Integer> one) -> classes.addAll(one);
        case Labels.None _, Labels.Masks _, Labels.Boxes _ -> {
          // Nothing here has such labels.
        }
      }
    }
    return !texts.isEmpty()
        ? new Labels.Texts(texts)
        : classes.isEmpty() ? new Labels.None() : new Labels.Classes(classes);
  }
}
