// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.export.target.LowerResize;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.graph.rewrite.PassPipeline;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Brings a model into the form that ranges are found for, quantization is inserted into and
/// TensorRT imports. The same for all commands, so that a table of a model fits what another made
/// of it.
public final class Preparation {
  /// What `LowerResize` and other rewrites reach where an opset is too old for TensorRT.
  private static final int CURRENT_OPSET = 13;

  private static final int OLDEST_OF_TENSORRT = 9;

  private final Model model;
  private final @Nullable Model unlowered;
  private final List<String> done = new ArrayList<>();

  private Preparation(Model model) {
    this.model = model;
    raise(InsertQdq.neededOpset(model));
    fuse(model, false);
    Model fused = LowerResize.mayChange(model) ? model.copy() : null;
    this.unlowered = lower() ? fused : null;
  }

  /// Raises the opset where that is needed for quantization, fuses, and brings `Resize` into forms
  /// that TensorRT imports; in place.
  public static Preparation forQuantization(Model model) {
    return new Preparation(model);
  }

  /// As the other, with a line that says what changed but for fusion.
  public static Preparation forQuantization(Model model, QuenchCommand command) {
    Preparation preparation = new Preparation(model);
    preparation.tell(command);
    return preparation;
  }

  /// Brings `Resize`, and an opset that is too old, into forms that TensorRT imports, with a line
  /// that says so; in place.
  public static void forTensorRt(Model model, QuenchCommand command) {
    Preparation preparation = new Preparation(model, null);
    if (model.opset() > 0 && model.opset() < OLDEST_OF_TENSORRT) {
      preparation.raise(CURRENT_OPSET);
    }
    preparation.lower();
    preparation.tell(command);
  }

  private Preparation(Model model, @Nullable Model unlowered) {
    this.model = model;
    this.unlowered = unlowered;
  }

  /// The ranges of a table, which may have been made before `Resize` was lowered here.
  ///
  /// @throws dev.quench.run.CalibrationException if it is of another model
  public CalibrationTable ranges(CalibrationTable table) {
    String digest = ModelDigest.of(model);
    boolean ofLowered =
        unlowered == null || table.header().modelDigest().equals(Optional.of(digest));
    return table.forModel(ofLowered ? model : Objects.requireNonNull(unlowered));
  }

  /// Fuses and cleans up, in place.
  ///
  /// @param siblings whether convolutions with one input become one
  /// @return how many rounds each pass changed the model in
  public static Map<String, Integer> fuse(Model model, boolean siblings) {
    Backend folding = Backends.named("onnxruntime");
    return (siblings ? Fusion.withSiblingConvs(folding) : Fusion.standard(folding)).apply(model);
  }

  private void raise(int opset) {
    long before = model.opset();
    OpsetUpgrade upgrade = new OpsetUpgrade(opset);
    if (upgrade.isNeeded(model)) {
      new PassPipeline(List.of(upgrade)).apply(model);
      done.add("opset %d raised to %d".formatted(before, model.opset()));
    }
  }

  private boolean lower() {
    boolean changed =
        LowerResize.mayChange(model)
            && !new PassPipeline(List.of(new LowerResize())).apply(model).isEmpty();
    if (changed) {
      done.add("Resize nodes brought into forms that TensorRT imports");
    }
    return changed;
  }

  private void tell(QuenchCommand command) {
    if (!done.isEmpty()) {
      command.note("note: " + String.join("; ", done));
    }
  }
}
