// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.onnxruntime.InsertOnnxRuntimeQdq;
import dev.quench.compress.quantize.onnxruntime.OnnxRuntimeOptions;
import dev.quench.export.target.LowerResize;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.graph.rewrite.ConstantInitializers;
import dev.quench.onnx.OnnxReader;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A model in the form that ranges are found for, quantization is inserted into and TensorRT
/// imports: of opset 13 or newer, fused, its `Resize` nodes lowered. Always the same for a model,
/// so that a table of one run fits the next.
public final class PreparedModel {
  private final Model model;
  private final @Nullable Model unlowered;
  private final List<String> changes;

  private PreparedModel(Model model) {
    this.model = model;
    Lowering lowering = new Lowering(model);
    lowering.raise(InsertQdq.neededOpset(model));
    fuse(model, false);
    Model fused = LowerResize.mayChange(model) ? model.copy() : null;
    this.unlowered = lowering.lowerResize() ? fused : null;
    this.changes = lowering.changes();
  }

  /// Prepares a model in place.
  ///
  /// @throws dev.quench.QuenchException if it cannot be brought into that form, naming the node
  public static PreparedModel of(Model model) {
    return new PreparedModel(model);
  }

  /// Reads and prepares an ONNX file. Initializers that it also lists as inputs become constants.
  ///
  /// @throws IOException if it cannot be read
  public static PreparedModel read(Path file) throws IOException {
    Model model = OnnxReader.read(file);
    new ConstantInitializers().apply(model);
    return new PreparedModel(model);
  }

  /// The prepared model itself, not a copy.
  public Model model() {
    return model;
  }

  /// What changed apart from fusion, one phrase each; empty if nothing did.
  public List<String> changes() {
    return changes;
  }

  /// Passes [#changes] to the listener in one line, if not empty.
  public void tell(RecipeListener listener) {
    if (!changes.isEmpty()) {
      listener.note("note: " + String.join("; ", changes));
    }
  }

  /// Names of the tensors whose ranges quantization needs, for all forms, in graph order.
  ///
  /// @throws PipelineException with the reasons, if there are none
  public Set<String> tensors() {
    Set<String> needed = new HashSet<>(QdqPlacement.tensors(model));
    needed.addAll(InsertOnnxRuntimeQdq.tensors(model, OnnxRuntimeOptions.WIDEST));
    Set<String> tensors = new LinkedHashSet<>();
    model.graph().inputs().forEach(input -> keep(input, needed, tensors));
    model
        .graph()
        .nodes()
        .forEach(node -> node.outputs().forEach(output -> keep(output, needed, tensors)));
    NothingToQuantize.check(model, tensors);
    return tensors;
  }

  private static void keep(Value value, Set<String> needed, Set<String> kept) {
    if (needed.contains(value.name())) {
      kept.add(value.name());
    }
  }

  /// The ranges of a table, which may have been made before `Resize` was lowered here.
  ///
  /// @throws dev.quench.run.CalibrationException if the table belongs to another model
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
}
