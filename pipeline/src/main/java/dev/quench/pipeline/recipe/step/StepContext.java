// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.RecipeListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// What a step works with.
///
/// @param folder for its files alone
/// @param options given
/// @param artifacts files by option
/// @param data of the recipe; empty where none are named
/// @param seed of all that is random
/// @param threads of the processor
public record StepContext(
    Path folder,
    StepOptions options,
    Map<String, Path> artifacts,
    Optional<StepData> data,
    long seed,
    int threads,
    RecipeListener listener) {
  /// The option for the model that a step takes.
  public static final String INPUT = "input";

  public StepContext {
    artifacts = Map.copyOf(artifacts);
  }

  /// Reads the model of the option `input`.
  public Model input() throws IOException {
    return OnnxReader.read(file(INPUT));
  }

  /// The file of an option for an artifact.
  ///
  /// @throws PipelineException if it is not given
  public Path file(String option) {
    Path file = artifacts.get(option);
    if (file == null) {
      throw new PipelineException("the step lacks its " + option);
    }
    return file;
  }

  /// @throws PipelineException if the recipe names no data
  public StepData requireData() {
    return data.orElseThrow(() ->
        new PipelineException(
            "the step needs data; name them with data: at the top of the recipe"));
  }

  /// The file for the model that the step gives.
  public Path model() {
    return folder.resolve("model.onnx");
  }
}
