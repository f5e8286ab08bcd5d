// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.data.DataSource;
import dev.quench.data.Dataset;
import dev.quench.data.IdxDataset;
import dev.quench.data.Normalization;
import dev.quench.data.Preprocessing;
import dev.quench.data.RandomDataset;
import dev.quench.graph.Model;
import dev.quench.graph.ValueType;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Opens what `--data` names for one model.
///
/// @param normalization of the pixels of the bundled images, of IDX and of CIFAR-10 data
/// @param preprocessing of images, where it is declared
/// @param skipDamaged whether images that cannot be used are left out
/// @param seed of noise
record DataOpener(
    Model model,
    Normalization normalization,
    Optional<Preprocessing> preprocessing,
    boolean skipDamaged,
    long seed) {
  /// Opens the data.
  ///
  /// @param training which half of a folder with both is meant
  Dataset open(DataSpec spec, boolean training) throws IOException {
    return switch (spec) {
      case DataSpec.Demo(boolean part) ->
          BundledSample.images(part, normalization, onlyInput("images"));
      case DataSpec.Stored(DataSource source) -> stored(source, training);
      case DataSpec.Noise(Map<String, Shape> shapes) -> noise(shapes);
    };
  }

  private Dataset stored(DataSource source, boolean training) throws IOException {
    Map<String, TensorType> inputs = new LinkedHashMap<>();
    for (TensorSpec input : ModelFile.inputs(model)) {
      inputs.put(input.name(), ValueType.tensor(input.dataType(), input.shape()));
    }
    Dataset data =
        source.open(
            dev.quench.data.DataOptions.of(inputs)
                .withNormalization(normalization)
                .withPreprocessing(preprocessing)
                .withSkipDamaged(skipDamaged)
                .withSplit(training ? IdxDataset.Split.TRAIN : IdxDataset.Split.TEST));
    if (source instanceof DataSource.Npy || source instanceof DataSource.Npz) {
      FiniteData.check(data);
    }
    return data;
  }

  private Dataset noise(Map<String, Shape> shapes) {
    Map<String, TensorType> types = new LinkedHashMap<>();
    long samples = -1;
    for (Map.Entry<String, Shape> entry : shapes.entrySet()) {
      String name = entry.getKey().isEmpty() ? onlyInput("a shape") : entry.getKey();
      TensorSpec input =
          ModelFile.inputs(model).stream()
              .filter(candidate -> candidate.name().equals(name))
              .findFirst()
              .orElseThrow(() ->
                  new CommandException(
                      "the model has no input '%s'; it takes %s"
                          .formatted(name, ModelFile.inputs(model))));
      long count = entry.getValue().size(0);
      if (samples >= 0 && samples != count) {
        throw new CommandException(
            "random data need as many samples for each input, got %d and %d"
                .formatted(samples, count));
      }
      samples = count;
      types.put(name, ValueType.tensor(input.dataType(), entry.getValue()));
    }
    return RandomDataset.of(types, seed, samples);
  }

  private String onlyInput(String what) {
    List<TensorSpec> inputs = ModelFile.inputs(model);
    if (inputs.size() != 1) {
      throw new CommandException(
          "%s alone are data for a model of one input, but this one takes %s; name data for each"
              .formatted(what, inputs));
    }
    return inputs.getFirst().name();
  }
}
