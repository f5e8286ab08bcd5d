// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.QuantizationRanges;
import dev.quench.tensor.DataType;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/// Rewrites FLOAT computation as FLOAT16 or BFLOAT16 with explicit `Cast` nodes, so that a strongly
/// typed TensorRT network runs in it.
///
/// Range-sensitive nodes stay FLOAT: by operator (exponentials, sums, normalizations, ...), by
/// their constants, and by observed activations if ranges are given. Casts are placed where they
/// move the fewest bytes between nodes that must stay FLOAT and nodes that gain. Constants are
/// converted once; `QuantizeLinear` and `DequantizeLinear` take scales of the surrounding type and
/// stay FLOAT, with the layers that read them, if a scale would underflow. Graph inputs and outputs
/// keep their types unless requested otherwise; nested graphs, functions and unknown operators stay
/// unchanged and are reported. Results differ by the rounding of the reduced type.
///
/// The model's opset rises where the standard allows the reduced type only in a newer one:
/// BatchNormalization, whose statistics stay FLOAT, needs 15, quantization 19, BFLOAT16 22.
/// Immutable; thread-safe.
///
/// @param precision what to lower to
/// @param kept nodes that always stay FLOAT
/// @param wanted nodes to lower although their operator is range-sensitive, unless their constants
///   or observed activations do not fit
/// @param ranges observed magnitudes by tensor, as min-max calibration finds them, not clipped
/// @param convertsInterface whether graph inputs and outputs get the reduced type too
public record LowerPrecision(
    ReducedPrecision precision,
    NodeSelection kept,
    NodeSelection wanted,
    QuantizationRanges ranges,
    boolean convertsInterface)
    implements Transformation<PrecisionReport> {
  private static final int OPSET_FOR_QUANTIZATION = 19;
  private static final int OPSET_FOR_BFLOAT16 = 22;

  /// Nothing excluded, no ranges known, inputs and outputs as they are.
  public static LowerPrecision to(ReducedPrecision precision) {
    return new LowerPrecision(
        precision, NodeSelection.NONE, NodeSelection.NONE, _ -> OptionalDouble.empty(), false);
  }

  public LowerPrecision keeping(NodeSelection nodes) {
    return new LowerPrecision(precision, nodes, wanted, ranges, convertsInterface);
  }

  /// @param nodes to lower against the rules for their operator: a Softmax that TensorRT is to fuse
  ///   with the products around it, say
  public LowerPrecision lowering(NodeSelection nodes) {
    return new LowerPrecision(precision, kept, nodes, ranges, convertsInterface);
  }

  /// @param observed largest magnitudes, as min-max calibration finds them
  public LowerPrecision withRanges(QuantizationRanges observed) {
    return new LowerPrecision(precision, kept, wanted, observed, convertsInterface);
  }

  public LowerPrecision convertingInterface() {
    return new LowerPrecision(precision, kept, wanted, ranges, true);
  }

  @Override
  public String name() {
    return "lower-precision-" + precision.name().toLowerCase(Locale.ROOT);
  }

  /// Edits `model` in place.
  ///
  /// @throws ModelFormatException if types or shapes contradict each other
  /// @throws UnsupportedOperatorException naming a node that keeps the opset from being raised
  @Override
  public PrecisionReport apply(Model model) {
    ShapeInference.infer(model);
    PrecisionAssignment assignment = PrecisionAssignment.of(model.graph(), this);
    if (assignment.loweredCount() > 0 && raiseOpset(model)) {
      // The opset upgrade may have added nodes without types.
      ShapeInference.infer(model);
      assignment = PrecisionAssignment.of(model.graph(), this);
    }
    CastInsertion insertion = new CastInsertion(model.graph(), assignment, this);
    insertion.run();
    // Fails if a type was missed.
    ShapeInference.infer(model);
    List<PrecisionReport.Kept> reasons =
        assignment.reasons().entrySet().stream()
            .map(each -> new PrecisionReport.Kept(each.getKey().describe(), each.getValue()))
            .toList();
    return new PrecisionReport(
        assignment.loweredCount(),
        reasons,
        insertion.casts(),
        insertion.constants(),
        insertion.overflowed(),
        insertion.flushed());
  }

  private boolean raiseOpset(Model model) {
    int needed = 0;
    for (Node node : model.graph().nodes()) {
      if (node.is("QuantizeLinear") || node.is("DequantizeLinear")) {
        needed = Math.max(needed, OPSET_FOR_QUANTIZATION);
      } else if (node.is("BatchNormalization")) {
        needed = Math.max(needed, PrecisionRole.SEPARATE_STATISTICS);
      }
    }
    if (precision.type() == DataType.BFLOAT16) {
      needed = OPSET_FOR_BFLOAT16;
    }
    return needed > 0 && new OpsetUpgrade(needed).apply(model);
  }
}
