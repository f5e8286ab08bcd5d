// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.build;

import dev.quench.calibration.tensorrt.TensorRtCacheReport;
import dev.quench.export.precision.LowerPrecision;
import dev.quench.export.precision.ReducedPrecision;
import dev.quench.graph.Model;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.TensorRtForm;
import dev.quench.pipeline.calibrate.RangeSource;
import dev.quench.pipeline.quantize.QuantizationRecipe;
import dev.quench.run.Precision;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.build.Int8Calibration;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Brings a model to where TensorRT can build it: quantized or with ranges for implicit INT8,
/// lowered, cast.
///
/// Set it up and use it in one thread.
public final class EngineRecipe {
  /// A model that is ready to be built.
  ///
  /// @param builder for the model; profiles and other options may be added
  /// @param cache what the TensorRT cache covers, where ranges came from one
  public record Ready(EngineBuilder builder, Optional<TensorRtCacheReport> cache) {}

  private final Model model;
  private Int8Mode int8 = new Int8Mode.OfModel();
  private Arithmetic arithmetic = Arithmetic.FP32;
  private boolean stronglyTyped;
  private RecipeListener listener = RecipeListener.SILENT;

  private EngineRecipe(Model model) {
    this.model = model;
  }

  /// @param model changed in place
  public static EngineRecipe of(Model model) {
    return new EngineRecipe(model);
  }

  /// Which layers run in INT8; those that the model says unless set.
  public EngineRecipe int8(Int8Mode mode) {
    int8 = mode;
    return this;
  }

  /// What other layers compute in; FP32 unless set.
  public EngineRecipe arithmetic(Arithmetic chosen) {
    arithmetic = chosen;
    return this;
  }

  /// Puts the types of FP16 and BF16 into the model as casts, the only way on TensorRT 11, in place
  /// of letting TensorRT choose.
  public EngineRecipe stronglyTyped(boolean typed) {
    stronglyTyped = typed;
    return this;
  }

  /// Hears what is done.
  public EngineRecipe listener(RecipeListener chosen) {
    listener = chosen;
    return this;
  }

  /// Prepares the model and sets up its builder.
  ///
  /// @throws PipelineException if the mode of INT8 does not go with the Q/DQ nodes of the model
  /// @throws dev.quench.QuenchException if model and ranges do not fit
  public Ready ready() throws IOException {
    Optional<ImplicitCalibration> implicit = Optional.empty();
    switch (int8) {
      case Int8Mode.OfModel() -> {
        // Q/DQ nodes alone determine the layers in INT8.
      }
      case Int8Mode.Explicit() -> {
        if (!isQuantized()) {
          throw new PipelineException(
              "the model has no Q/DQ nodes; quantize it first, or give a table to do it with");
        }
      }
      case Int8Mode.Inserted(RangeSource ranges) -> {
        if (isQuantized()) {
          throw new PipelineException("the model has Q/DQ nodes already; it takes no table");
        }
        QuantizationRecipe.of(model, ranges).listener(listener).run();
      }
      case Int8Mode.Implicit(RangeSource ranges) -> {
        if (isQuantized()) {
          throw new PipelineException(
              "the model has Q/DQ nodes, which say what runs in INT8; implicit INT8 is for models without");
        }
        implicit = Optional.of(ImplicitCalibration.of(model, ranges, listener));
      }
    }
    List<String> changes = TensorRtForm.apply(model);
    if (!changes.isEmpty()) {
      listener.note("note: " + String.join("; ", changes));
    }
    boolean quantized = isQuantized();
    Optional<ReducedPrecision> casts = arithmetic.casts(quantized || stronglyTyped);
    casts.ifPresent(to -> LowerPrecision.to(to).apply(model));
    EngineBuilder builder =
        EngineBuilder.of(model)
            .precision(quantized ? Precision.INT8 : arithmetic.builderPrecision())
            .progress(listener.progress());
    Optional<Int8Calibration> calibration = implicit.map(ImplicitCalibration::calibration);
    calibration.ifPresent(builder::implicitInt8);
    return new Ready(builder, implicit.flatMap(ImplicitCalibration::cache));
  }

  private boolean isQuantized() {
    return Precision.of(model) == Precision.INT8;
  }
}
