// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.compress.FixedLayers;
import dev.quench.compress.binary.TrainingOps;
import dev.quench.compress.quantize.NeededOpset;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeSelection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Prepares a float network for quantization-aware training, for calibration without training, or
/// both: puts training-only quantizers in front of every layer that can be quantized, in place.
///
/// Layers are `Conv`, `ConvTranspose`, `Gemm` and `MatMul` with constant weights; quantized are
/// their weights and their input, the skip input of a residual sum, and the input of an average
/// pooling between two of them. Inputs of a `Concat` share a range; max pooling and nodes that only
/// move elements need no quantizer. Immutable; each method returns another.
///
/// ```java
/// QuantizedTraining.of(TrainingScheme.iao(8, 8))
///     .layer("conv3", TrainingScheme.lsq(4, 4))
///     .leaveFloat("fc*")
///     .prepare(model);
/// ```
public final class QuantizedTraining {
  private static final long SIXTEEN_BIT_OPSET = 21;

  private final TrainingScheme scheme;
  private final Map<String, TrainingScheme> byLayer;
  private final List<String> left;
  private final boolean sums;

  private QuantizedTraining(
      TrainingScheme scheme, Map<String, TrainingScheme> byLayer, List<String> left, boolean sums) {
    this.scheme = scheme;
    this.byLayer = byLayer;
    this.left = left;
    this.sums = sums;
  }

  /// Every layer by one scheme.
  public static QuantizedTraining of(TrainingScheme scheme) {
    return new QuantizedTraining(scheme, Map.of(), List.of(), false);
  }

  /// Prepares a model with every layer by one scheme.
  ///
  /// @param model edited
  public static PreparationReport prepare(Model model, TrainingScheme scheme) {
    return of(scheme).prepare(model);
  }

  /// Some layers by another scheme; of several that name a layer, the last holds.
  ///
  /// @param pattern as in [NodeSelection]
  public QuantizedTraining layer(String pattern, TrainingScheme other) {
    Map<String, TrainingScheme> more = new LinkedHashMap<>(byLayer);
    more.remove(pattern);
    more.put(pattern, other);
    return new QuantizedTraining(scheme, more, left, sums);
  }

  /// Leaves layers float.
  ///
  /// @param pattern as in [NodeSelection]
  public QuantizedTraining leaveFloat(String pattern) {
    List<String> more = new ArrayList<>(left);
    more.add(pattern);
    return new QuantizedTraining(scheme, byLayer, more, sums);
  }

  /// Quantizes both inputs of a residual sum, with one range, and not its skip alone.
  public QuantizedTraining quantizeSums() {
    return new QuantizedTraining(scheme, byLayer, left, true);
  }

  /// The oldest opset that holds the integers: 13, or 21 for more than 8 bits.
  public int neededOpset() {
    List<TrainingScheme> schemes = new ArrayList<>(byLayer.values());
    schemes.add(scheme);
    return Math.toIntExact(
        schemes.stream().anyMatch(QuantizedTraining::needsWideIntegers)
            ? SIXTEEN_BIT_OPSET
            : NeededOpset.PER_CHANNEL);
  }

  private static boolean needsWideIntegers(TrainingScheme scheme) {
    return isWide(scheme.weightBits()) || isWide(scheme.activationBits());
  }

  private static boolean isWide(int bits) {
    return bits > 8 && bits != TrainingScheme.FLOAT;
  }

  boolean quantizesSums() {
    return sums;
  }

  /// Edits the model.
  ///
  /// @param model float; its weights are FLOAT
  /// @throws IllegalArgumentException if it is quantized already, its opset is below 13 or, for
  ///   more than 8 bits, 21, a pattern names no layer, or there is nothing to quantize
  public PreparationReport prepare(Model model) {
    if (QdqPlacement.isQuantized(model.graph())
        || model.graph().nodes().stream().anyMatch(QuantizationNodes::is)) {
      throw new IllegalArgumentException(
          "the model is quantized already; give the float model it came from");
    }
    NeededOpset.require(
        model,
        neededOpset(),
        neededOpset() == SIXTEEN_BIT_OPSET
            ? "quantization to more than 8 bits"
            : "quantization per channel");
    QdqOptions options =
        QdqOptions.DEFAULT
            .withSmallLayers(true)
            .withDepthwise(true)
            .withExcludedNodes(
                NodeSelection.of(List.of(FixedLayers.LAYER, FixedLayers.LAYER + "_*")).and(left));
    QdqPlacement placement = QdqPlacement.of(model, options);
    requireMatches(placement);
    requireMatches(model);
    PreparationReport report = new QuantizerInsertion(model.graph(), placement, this).run();
    if (report.layers().isEmpty()) {
      throw new IllegalArgumentException(
          "the model has no layer to quantize"
              + report.leftFloat().stream()
                  .findFirst()
                  .map(each -> "; " + each.node() + ": " + each.reason())
                  .orElse("; expected Conv, ConvTranspose, Gemm or MatMul with constant weights"));
    }
    model.graph().setOpsets(model.graph().opsets().with(TrainingOps.DOMAIN, 1));
    return report;
  }

  private void requireMatches(QdqPlacement placement) {
    for (String pattern : byLayer.keySet()) {
      NodeSelection selection = NodeSelection.of(List.of(pattern));
      if (placement.layers().stream().noneMatch(layer -> selection.contains(layer.node()))) {
        throw new IllegalArgumentException(
            "no layer to quantize matches '%s'; the layers are %s"
                .formatted(
                    pattern,
                    placement.layers().stream().map(layer -> layer.node().describe()).toList()));
      }
    }
  }

  private void requireMatches(Model model) {
    for (String pattern : left) {
      NodeSelection selection = NodeSelection.of(List.of(pattern));
      if (model.graph().nodes().stream().noneMatch(selection::contains)) {
        throw new IllegalArgumentException(
            "no node matches '%s', to be left float; quench inspect --nodes lists the nodes"
                .formatted(pattern));
      }
    }
  }

  TrainingScheme scheme() {
    return scheme;
  }

  /// The scheme that was chosen for a layer by name.
  Optional<TrainingScheme> named(Node layer) {
    Optional<TrainingScheme> found = Optional.empty();
    for (Map.Entry<String, TrainingScheme> each : byLayer.entrySet()) {
      if (NodeSelection.of(List.of(each.getKey())).contains(layer)) {
        found = Optional.of(each.getValue());
      }
    }
    return found;
  }
}
