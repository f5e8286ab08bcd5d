// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.image.Normalization;
import dev.quench.data.source.DataOptions;
import dev.quench.data.source.DataSource;
import dev.quench.graph.ValueType;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.train.MeasuredNormalization;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// The two halves of a data set of ten classes, normalized by the pixels of the training half.
///
/// @param name for names of files: `fashion-mnist`
/// @param training samples to train on and to hold back
/// @param test looked at once a run
/// @param normalization of both
/// @param image shape of a sample, `[channels, height, width]`
/// @param labels of the test samples
public record ReproductionData(
    String name,
    Dataset training,
    Dataset test,
    Normalization normalization,
    Shape image,
    List<Integer> labels) {
  private static final String INPUT = "image";
  private static final int READ_AT_ONCE = 500;

  public ReproductionData {
    labels = List.copyOf(labels);
  }

  /// Opens both halves.
  ///
  /// @param source a folder of IDX files or CIFAR-10's binary files
  /// @param samples of each half to use, the first ones; empty for all
  /// @throws PipelineException for another kind of data, or one without two halves
  /// @throws DataException if the data are missing or damaged
  /// @throws IOException if they cannot be read
  public static ReproductionData open(DataSource source, OptionalInt samples) throws IOException {
    String name =
        switch (source) {
          case DataSource.Idx(Path path) -> slug(path);
          case DataSource.Cifar10 _ -> "cifar-10";
          default ->
              throw new PipelineException(
                  "got the data "
                      + source.spelling()
                      + ", expected idx:DIR or cifar10:DIR, a folder with a training and a test set");
        };
    DataOptions options =
        DataOptions.of(
            Map.of(
                INPUT,
                ValueType.tensor(
                    DataType.FLOAT, Shape.of(Dim.of("N"), Dim.UNKNOWN, Dim.UNKNOWN, Dim.UNKNOWN))));
    Normalization measured =
        MeasuredNormalization.of(
            source.open(options.withSplit(IdxDataset.Split.TRAIN).withReadAhead(0)));
    DataOptions normalized = options.withNormalization(measured).withReadAhead(0);
    Dataset training = source.open(normalized.withSplit(IdxDataset.Split.TRAIN));
    Dataset test = source.open(normalized.withSplit(IdxDataset.Split.TEST));
    if (training.digest().equals(test.digest())) {
      throw new PipelineException(
          "%s holds one set of samples, expected a training and a test set"
              .formatted(source.spelling()));
    }
    Dataset usedTest = samples.isPresent() ? test.limit(samples.getAsInt()) : test;
    return new ReproductionData(
        name,
        samples.isPresent() ? training.limit(samples.getAsInt()) : training,
        usedTest,
        measured,
        image(usedTest),
        labels(usedTest));
  }

  private static String slug(Path path) {
    String last = String.valueOf(path.toAbsolutePath().normalize().getFileName());
    String slug = last.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    return slug.isEmpty() || slug.equals("-") ? "idx" : slug;
  }

  private static Shape image(Dataset data) throws IOException {
    try (Stream<Batch> batches = data.batches(1)) {
      Shape shape = batches.findFirst().orElseThrow().inputs().values().iterator().next().shape();
      return Shape.of(shape.size(1), shape.size(2), shape.size(3));
    }
  }

  private static List<Integer> labels(Dataset data) throws IOException {
    List<Integer> labels = new ArrayList<>();
    try (Stream<Batch> batches = data.batches(READ_AT_ONCE)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        if (!(batch.labels() instanceof Labels.Classes(var indices))) {
          throw new DataException(data.description() + " has no class labels");
        }
        labels.addAll(indices);
      }
    }
    return labels;
  }

  /// What a network of the zoo is built for, but for its width and bits.
  NetworkOptions network(long seed) {
    return NetworkOptions.MNIST
        .withInput(
            Math.toIntExact(image.size(0)),
            Math.toIntExact(image.size(1)),
            Math.toIntExact(image.size(2)))
        .withSeed(seed);
  }
}
