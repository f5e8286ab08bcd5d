// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a caller must feed to a model.
///
/// @param specs in graph order; dimensions may be free
public record ModelInputs(List<TensorSpec> specs) {
  public ModelInputs {
    specs = List.copyOf(specs);
  }

  /// @throws PipelineException unless every input is a tensor of known rank
  public static ModelInputs of(Model model) {
    return new ModelInputs(model.graph().requiredInputs().stream().map(ModelInputs::spec).toList());
  }

  private static TensorSpec spec(Value input) {
    if (!(input.type().orElse(null) instanceof ValueType.TensorType tensor)) {
      throw new PipelineException(
          "input '" + input.name() + "' is not a tensor; Quench feeds tensors only");
    }
    Shape shape = tensor.shape();
    if (shape == null) {
      throw new PipelineException(
          "input '%s' has no declared shape; declare it, free dimensions by name (quench graph set-shapes MODEL --shape %s=Nx3x224x224 -o OUT)"
              .formatted(input.name(), input.name()));
    }
    return new TensorSpec(input.name(), tensor.elementType(), shape);
  }

  /// The axes that the declared shapes suggest.
  public BatchAxes suggestedAxes() {
    return BatchAxes.of(shapes());
  }

  /// The batch size that the declared shapes fix, else `usual`.
  ///
  /// @param axes that count samples
  public int batchSize(BatchAxes axes, int usual) {
    return axes.fixedSize(shapes()).orElse(usual);
  }

  /// The first samples of `data`, as many as fill batches of the size that the declared shapes fix.
  public Dataset wholeBatches(Dataset data) {
    int fixed = batchSize(data.axes(), 1);
    return data.limit(data.size() / fixed * fixed);
  }

  private Map<String, Shape> shapes() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    specs.forEach(input -> shapes.put(input.name(), input.shape()));
    return shapes;
  }
}
