// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.factor;

import dev.quench.compress.factor.product.ProductQuantization;
import dev.quench.compress.factor.product.ProductQuantizedModel;
import dev.quench.compress.factor.product.ProductReport.Whole;
import dev.quench.graph.Model;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.Samples;
import dev.quench.run.Backends;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Stores layers as words and codes, fitted on data where there are some:
///
/// ```java
/// ProductQuantizedModel small = ProductQuantizationRecipe.of(model).data(data).run();
/// ```
///
/// Set it up and run it in one thread.
public final class ProductQuantizationRecipe {
  private static final int FITTED_SAMPLES = 2048;
  private static final int FITTED_BATCH = 32;
  private static final int REASONS = 3;

  private final Model model;
  private UnaryOperator<ProductQuantization> settings = UnaryOperator.identity();
  private @Nullable Dataset data;
  private RecipeListener listener = RecipeListener.SILENT;

  private ProductQuantizationRecipe(Model model) {
    this.model = model;
  }

  /// @param model not modified
  public static ProductQuantizationRecipe of(Model model) {
    return new ProductQuantizationRecipe(model);
  }

  /// How to code, as settings of a [ProductQuantization].
  public ProductQuantizationRecipe settings(UnaryOperator<ProductQuantization> chosen) {
    settings = chosen;
    return this;
  }

  /// Corrects errors on at most 2,048 of these samples.
  public ProductQuantizationRecipe data(Dataset fitted) {
    data = fitted;
    return this;
  }

  /// Hears what is done.
  public ProductQuantizationRecipe listener(RecipeListener chosen) {
    listener = chosen;
    return this;
  }

  /// Codes what fits.
  ///
  /// @throws PipelineException if no layer can be coded, with the reasons of the first
  /// @throws IOException if the data cannot be read
  public ProductQuantizedModel run() throws IOException {
    ProductQuantization quantization =
        settings.apply(ProductQuantization.of(model)).progress(listener.progress());
    if (data != null) {
      quantization.fitTo(
          Backends.named("onnxruntime"),
          Samples.inBatches(data, model, FITTED_SAMPLES, FITTED_BATCH));
    }
    ProductQuantizedModel result = quantization.run();
    if (result.report().coded().isEmpty()) {
      List<String> reasons =
          result.report().layers().stream()
              .filter(Whole.class::isInstance)
              .map(Whole.class::cast)
              .limit(REASONS)
              .map(whole -> "%s: %s".formatted(whole.name(), whole.reason()))
              .toList();
      throw new PipelineException(
          reasons.isEmpty()
              ? "the model has no Conv, Gemm or MatMul"
              : "no layer can be stored as words and codes: " + String.join("; ", reasons));
    }
    return result;
  }
}
