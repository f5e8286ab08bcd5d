// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.export;

import dev.quench.compress.quantize.onnxruntime.InsertDynamicQuantization;
import dev.quench.export.dimension.BatchProof;
import dev.quench.export.dimension.DimensionReport;
import dev.quench.export.dimension.FixDimensions;
import dev.quench.export.dimension.FreeDimensions;
import dev.quench.export.target.ExportTarget;
import dev.quench.export.target.Refusal;
import dev.quench.graph.Model;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.onnx.PackedWeights;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.TensorRtForm;
import dev.quench.run.Backends;
import dev.quench.xnor.XnorBackend;
import dev.quench.xnor.plan.XnorPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Brings a model into the form that a target imports: dimensions fixed or freed, precision
/// lowered, and asks the target what it would refuse.
///
/// Set it up and run it in one thread.
public final class ExportRecipe {
  private final Model model;
  private final ExportTarget target;
  private @Nullable FixDimensions fixed;
  private @Nullable FreeDimensions freed;
  private Set<String> batchSymbols = Set.of();
  private @Nullable LoweringPlan lowering;
  private boolean packed;
  private boolean forced;
  private RecipeListener listener = RecipeListener.SILENT;

  private ExportRecipe(Model model, ExportTarget target) {
    this.model = model;
    this.target = target;
  }

  /// @param model changed in place
  public static ExportRecipe of(Model model, ExportTarget target) {
    return new ExportRecipe(model, target);
  }

  /// Gives free dimensions a size.
  public ExportRecipe fixing(FixDimensions dimensions) {
    fixed = dimensions;
    return this;
  }

  /// Frees dimensions.
  ///
  /// The freed model is run at two sizes of each dimension that counts samples and held against
  /// itself sample by sample.
  ///
  /// @param batches names of such dimensions beyond those that the names and axes tell
  public ExportRecipe freeing(FreeDimensions dimensions, Set<String> batches) {
    freed = dimensions;
    Set<String> symbols = new LinkedHashSet<>(dimensions.batchSymbols());
    symbols.addAll(batches);
    batchSymbols = symbols;
    return this;
  }

  /// Lowers the FP32 part.
  public ExportRecipe lowering(LoweringPlan plan) {
    lowering = plan;
    return this;
  }

  /// Stores binary weights with 1 bit each and ternary ones with 2.
  public ExportRecipe packed(boolean pack) {
    packed = pack;
    return this;
  }

  /// Goes on where nothing proves that a batch can be free, and packs what the target would refuse.
  public ExportRecipe forced(boolean force) {
    forced = force;
    return this;
  }

  /// Hears what is done.
  public ExportRecipe listener(RecipeListener chosen) {
    listener = chosen;
    return this;
  }

  /// @throws UnprovenBatchException if nothing proves that a batch can be free
  /// @throws dev.quench.QuenchException if the model cannot be changed so, naming the node
  public ExportedModel run() throws IOException {
    if (fixed != null) {
      new RewritePipeline(List.of(fixed)).apply(model);
    }
    Optional<DimensionReport> dimensions = free();
    Optional<LoweredModel> lowered =
        lowering == null
            ? Optional.empty()
            : Optional.of(LoweredModel.lower(model, lowering, listener.progress()));
    List<Refusal> refusals = refusals(target, model, listener);
    Optional<XnorPlan> plan =
        target.name().equals("xnor")
            ? Optional.of(new XnorBackend().plan(model))
            : Optional.empty();
    Optional<PackedWeights.Report> packing =
        packed && (refusals.isEmpty() || forced)
            ? Optional.of(PackedWeights.pack(model))
            : Optional.empty();
    return new ExportedModel(model, dimensions, lowered, refusals, plan, packing);
  }

  /// Brings `model` into the target's form, in place, and asks what it would refuse.
  public static List<Refusal> refusals(ExportTarget target, Model model, RecipeListener listener) {
    if (target.name().startsWith("tensorrt")) {
      List<String> changes = TensorRtForm.apply(model);
      if (!changes.isEmpty()) {
        listener.note("note: " + String.join("; ", changes));
      }
    }
    return target.refusals(model);
  }

  private Optional<DimensionReport> free() {
    if (freed == null) {
      return Optional.empty();
    }
    Model former = model.copy();
    DimensionReport report = freed.apply(model);
    List<String> unproved = new ArrayList<>();
    boolean stamped = InsertDynamicQuantization.isStamped(model);
    if (stamped && !batchSymbols.isEmpty()) {
      unproved.add(
          "the model finds its ranges anew for each batch, so results depend on the other samples; free the batch of the float model");
    }
    for (String symbol : report.changed() && !stamped ? batchSymbols : Set.<String>of()) {
      new BatchProof(former, symbol)
          .require(model, Backends.named("onnxruntime"))
          .ifPresent(unproved::add);
    }
    for (String reason : unproved) {
      String line = "nothing proves that the batch can be free: " + reason;
      if (!forced) {
        throw new UnprovenBatchException(line);
      }
      listener.note("warning: " + line);
    }
    return Optional.of(report);
  }
}
