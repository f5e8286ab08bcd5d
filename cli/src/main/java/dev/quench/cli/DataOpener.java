// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.data.Dataset;
import dev.quench.data.IdxDataset;
import dev.quench.data.Normalization;
import dev.quench.data.NpyDataset;
import dev.quench.data.RandomDataset;
import dev.quench.graph.Model;
import dev.quench.graph.ValueType;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Opens what `--data` names for one model.
///
/// @param normalization of pixels
/// @param seed of noise
record DataOpener(Model model, Normalization normalization, long seed) {
  private static final String LABELS = "labels";

  /// Opens the data.
  ///
  /// @param training which half of a folder with both is meant
  Dataset open(DataSpec spec, boolean training) throws IOException {
    return switch (spec) {
      case DataSpec.Demo(boolean part) ->
          BundledSample.images(part, normalization, onlyInput("images"));
      case DataSpec.Idx(Path path) -> {
        IdxPair pair = IdxPair.find(path, training);
        yield IdxDataset.open(pair.images(), pair.labels(), normalization, onlyInput("images"));
      }
      case DataSpec.Npy(Map<String, Path> files) -> npy(files);
      case DataSpec.Noise(Map<String, Shape> shapes) -> noise(shapes);
    };
  }

  private Dataset npy(Map<String, Path> files) throws IOException {
    Map<String, Path> inputs = new LinkedHashMap<>(files);
    boolean labelsAreInput =
        ModelFile.inputs(model).stream().anyMatch(input -> input.name().equals(LABELS));
    Optional<Path> labels =
        labelsAreInput ? Optional.empty() : Optional.ofNullable(inputs.remove(LABELS));
    if (inputs.isEmpty()) {
      throw new CommandException(
          "the npy data name labels only; the model takes " + ModelFile.inputs(model));
    }
    Dataset data = NpyDataset.open(inputs, labels);
    FiniteData.check(data);
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
