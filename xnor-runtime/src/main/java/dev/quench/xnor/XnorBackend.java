// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.xnor.kernel.Kernels;
import dev.quench.xnor.plan.Program;
import dev.quench.xnor.plan.XnorPlan;
import dev.quench.xnor.recognize.Recognition;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Runs binary and ternary layers on XNOR kernels and the rest in ONNX Runtime. Stateless and
/// thread-safe.
///
/// Takes an ordinary ONNX model. A layer is binary when its input is a sign, `Where(x >= 0, 1,
/// -1)`, and its weights are exactly −1, 0 or 1. `BatchNormalization` and the sign after it become
/// integer thresholds; activations stay bits from layer to layer. Padding contributes 0, as in the
/// graph.
///
/// The outputs equal those of ONNX Runtime without graph optimization on the same number of
/// threads: sums of signs are exact, the thresholds agree with the float form on every integer, and
/// the float parts run in ONNX Runtime itself, always without graph optimization. Only exact
/// computations run on bits; [#plan] lists the other nodes with the reason. A run fails when it
/// must take the sign of a NaN.
///
/// In a model without binary layers, convolutions of words and codes (see [CodebookWeights]) run by
/// look-ups. Their sums are rounded in another order than in ONNX Runtime, so outputs differ in the
/// last bits; [SessionOptions#optimize] applies to the float parts. They are not faster everywhere,
/// so the backend asks to be passed over for such models. Any other model runs in ONNX Runtime as a
/// whole.
public final class XnorBackend implements Backend {
  private static final String NAME = "xnor";

  private final OnnxRuntimeBackend floats = new OnnxRuntimeBackend();

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Availability availability() {
    return switch (floats.availability()) {
      case Availability.Available(String description) ->
          new Availability.Available(
              "XNOR kernels (%s), float parts by %s"
                  .formatted(Kernels.chosen().description(), description));
      case Availability.Unavailable missing -> missing;
    };
  }

  /// Reports what would run on bits. Does not change the model.
  ///
  /// @throws BackendException if ONNX Runtime is unavailable
  /// @throws dev.quench.graph.ModelFormatException if the model contradicts itself
  public XnorPlan plan(Model model) {
    requireAvailable();
    Model analyzed = model.copy();
    ShapeInference.infer(analyzed);
    return XnorPlan.of(analyzed, recognize(analyzed));
  }

  @Override
  public Session open(Model model, SessionOptions options) {
    requireAvailable();
    if (model.graph().nodes().stream().noneMatch(node -> node.is("Where") || node.is("Gather"))) {
      return floats.open(model, options);
    }
    Model analyzed = model.copy();
    ShapeInference.infer(analyzed);
    Recognition recognition = recognize(analyzed);
    if (!recognition.hasBinaryLayers() && !recognition.hasLookupLayers()) {
      return floats.open(model, options);
    }
    requireTaps(analyzed, options);
    SessionOptions floatParts =
        recognition.hasBinaryLayers() ? options.withOptimization(false) : options;
    Program program =
        Program.compile(
            analyzed,
            recognition,
            subgraph -> floats.open(subgraph, floatParts.withTaps(outputs(subgraph))));
    Kernels.logShortfall();
    try {
      return new XnorSession(program, options.threads(), () -> floats.open(analyzed, floatParts));
    } catch (RuntimeException e) {
      program.close();
      throw e;
    }
  }

  /// Gives coded layers that stay in ONNX Runtime their weights as one constant: each part of the
  /// model has its own copy of a constant, but would receive computed weights anew in each run.
  private static Recognition recognize(Model model) {
    Recognition recognition = Recognition.of(model);
    for (Node node : List.copyOf(model.graph().nodes())) {
      if (recognition.isCodedInOnnxRuntime(node)) {
        CodebookWeights weights = CodebookWeights.of(node).orElseThrow();
        node.setInput(1, weights.addDenseTo(model.graph(), node, node.input(1).name() + "_dense"));
      }
    }
    return recognition;
  }

  @Override
  public Optional<String> reasonToPassOver(Model model) {
    return plan(model).hasBinaryLayers()
        ? Optional.empty()
        : Optional.of("the model has no binary layers");
  }

  private void requireAvailable() {
    if (floats.availability() instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new BackendException(NAME + ": " + reason + "; " + remedy);
    }
  }

  private static void requireTaps(Model model, SessionOptions options) {
    for (String tap : options.taps()) {
      if (model.graph().value(tap).isEmpty()) {
        throw new IllegalArgumentException(
            "the model's main graph has no value '%s' to tap".formatted(tap));
      }
    }
  }

  private static Set<String> outputs(Model subgraph) {
    return subgraph.graph().outputs().stream()
        .map(output -> output.name())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }
}
