// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.data.annotation.ModelClasses;
import dev.quench.data.annotation.OffsetLabels;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.array.RandomDataset;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.source.DataSource;
import dev.quench.graph.ValueType;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.pipeline.ModelInputs;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.FixedInputs;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Opens what `--data` names for one model.
///
/// @param inputs of the model
/// @param values of some inputs, for which the data hold nothing
/// @param batchAxes that the user said
/// @param normalization of the pixels of the bundled images, of IDX and of CIFAR-10 data
/// @param preprocessing of images, where it is declared
/// @param skipDamaged whether images that cannot be used are left out
/// @param classes of the model
/// @param labelOffset that the user said
/// @param seed of noise
record DataOpener(
    List<TensorSpec> inputs,
    Map<String, Tensor> values,
    Map<String, OptionalInt> batchAxes,
    Normalization normalization,
    Optional<Preprocessing> preprocessing,
    boolean skipDamaged,
    ModelClasses classes,
    OptionalInt labelOffset,
    long seed) {
  /// Opens the data.
  ///
  /// @param training which half of a folder with both is meant
  Dataset open(DataSpec spec, boolean training) throws IOException {
    Dataset data =
        switch (spec) {
          case DataSpec.Demo(boolean part) ->
              BundledSample.images(part, normalization, onlyInput("images"));
          case DataSpec.Stored(DataSource source) -> stored(source, training);
          case DataSpec.Noise(Map<String, Shape> shapes) -> noise(shapes);
        };
    if (!(spec instanceof DataSpec.Stored) && labelOffset.orElse(0) != 0) {
      data = new OffsetLabels(data, labelOffset.getAsInt());
    }
    return values.isEmpty() ? data : new FixedInputs(data, values);
  }

  /// The inputs that the data are for.
  private List<TensorSpec> needed() {
    return inputs.stream().filter(input -> !values.containsKey(input.name())).toList();
  }

  private Dataset stored(DataSource source, boolean training) throws IOException {
    Map<String, TensorType> types = new LinkedHashMap<>();
    for (TensorSpec input : needed()) {
      types.put(input.name(), ValueType.tensor(input.dataType(), input.shape()));
    }
    Dataset data =
        source.open(
            dev.quench.data.source.DataOptions.of(types)
                .withNormalization(normalization)
                .withPreprocessing(preprocessing)
                .withSkipDamaged(skipDamaged)
                .withBatchAxes(batchAxes)
                .withClasses(classes, labelOffset)
                .withSplit(training ? IdxDataset.Split.TRAIN : IdxDataset.Split.TEST));
    if (source instanceof DataSource.Npy || source instanceof DataSource.Npz) {
      FiniteData.check(data);
    }
    return data;
  }

  private Dataset noise(Map<String, Shape> shapes) {
    BatchAxes axes = new ModelInputs(inputs).suggestedAxes().with(batchAxes);
    Map<String, TensorType> types = new LinkedHashMap<>();
    long samples = -1;
    for (Map.Entry<String, Shape> entry : shapes.entrySet()) {
      String name = entry.getKey().isEmpty() ? onlyInput("a shape") : entry.getKey();
      TensorSpec input = InputFit.named("random:", needed(), name);
      types.put(name, ValueType.tensor(input.dataType(), entry.getValue()));
      OptionalInt axis = axes.of(name);
      if (axis.isEmpty()) {
        continue;
      }
      if (entry.getValue().rank() <= axis.getAsInt()) {
        throw new CommandException(
            "random data for '%s' have shape %s, but its samples lie along axis %d of %s"
                .formatted(name, entry.getValue(), axis.getAsInt(), input));
      }
      long count = entry.getValue().size(axis.getAsInt());
      if (samples >= 0 && samples != count) {
        throw new CommandException(
            "random data need as many samples for each input, got %d and %d"
                .formatted(samples, count));
      }
      samples = count;
    }
    addWhole(types, axes);
    return RandomDataset.of(types, axes, seed, Math.max(1, samples));
  }

  /// Inputs that hold for the whole call need no shape.
  private void addWhole(Map<String, TensorType> types, BatchAxes axes) {
    for (TensorSpec input : needed()) {
      SeededInputs.refuseSetting(input, axes);
      if (axes.of(input.name()).isEmpty() && input.shape().isStatic()) {
        types.putIfAbsent(input.name(), ValueType.tensor(input.dataType(), input.shape()));
      }
    }
  }

  private String onlyInput(String what) {
    List<TensorSpec> sampled =
        needed().stream()
            .filter(input ->
                new ModelInputs(inputs)
                    .suggestedAxes()
                    .with(batchAxes)
                    .of(input.name())
                    .isPresent())
            .toList();
    List<TensorSpec> candidates = sampled.size() == 1 ? sampled : needed();
    if (candidates.size() != 1) {
      throw new CommandException(
          "%s alone are data for a model of one input, but this one takes %s; name data for each"
              .formatted(what, candidates));
    }
    return candidates.getFirst().name();
  }
}
