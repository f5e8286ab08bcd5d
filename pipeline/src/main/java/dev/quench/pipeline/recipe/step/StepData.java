// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.data.array.IdxDataset;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.source.DataOptions;
import dev.quench.data.source.DataSource;
import dev.quench.graph.Model;
import dev.quench.graph.ValueType;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.train.MeasuredNormalization;
import dev.quench.pipeline.train.PixelMetadata;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The data of a recipe, opened for one model after another.
///
/// @param preprocessing of images, where it is declared
public record StepData(DataSource source, Optional<Preprocessing> preprocessing) {
  private static final String IMAGE = "image";

  /// Opens a part for a model; pixels are normalized as its metadata say.
  ///
  /// @param samples the first ones to use; empty for all
  /// @throws dev.quench.run.dataset.DataException if data and model do not fit
  /// @throws IOException if the data cannot be read
  public Dataset open(Model model, IdxDataset.Split split, OptionalInt samples) throws IOException {
    Map<String, TensorType> types = new LinkedHashMap<>();
    for (TensorSpec input : ModelInputs.of(model).specs()) {
      types.put(input.name(), ValueType.tensor(input.dataType(), input.shape()));
    }
    Dataset data =
        source.open(options(types).withNormalization(PixelMetadata.read(model)).withSplit(split));
    return samples.isPresent() ? data.limit(samples.getAsInt()) : data;
  }

  /// Opens the training part for a network that is yet to be built.
  Dataset openForNewNetwork(Normalization normalization, OptionalInt samples) throws IOException {
    Dataset data = source.open(images().withNormalization(normalization));
    return samples.isPresent() ? data.limit(samples.getAsInt()) : data;
  }

  /// What makes pixels of mean 0 and deviation 1; empty where preprocessing is declared.
  Optional<Normalization> measured() throws IOException {
    return preprocessing.isPresent()
        ? Optional.empty()
        : Optional.of(MeasuredNormalization.of(source.open(images().withReadAhead(0))));
  }

  private DataOptions images() {
    Shape shape = Shape.of(Dim.of("N"), Dim.UNKNOWN, Dim.UNKNOWN, Dim.UNKNOWN);
    return options(Map.of(IMAGE, ValueType.tensor(DataType.FLOAT, shape)))
        .withSplit(IdxDataset.Split.TRAIN);
  }

  private DataOptions options(Map<String, TensorType> types) {
    return DataOptions.of(types).withPreprocessing(preprocessing);
  }
}
