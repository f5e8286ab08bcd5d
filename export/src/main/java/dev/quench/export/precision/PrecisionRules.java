// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import dev.quench.export.target.TensorRtOperators;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which layers must compute in FLOAT, judged by operator, constants and attributes.
///
/// Exponentials, logarithms, powers and quotients leave FLOAT16's range of 6e-8 to 65504; sums over
/// many elements leave it or lose the small ones; normalizations do both. In BFLOAT16 the range is
/// that of FLOAT, and the same operators lose its 8 bits of precision.
final class PrecisionRules {
  private static final TensorRtOperators OPERATORS = TensorRtOperators.load();

  /// Products with weights, which a GPU computes much faster in the reduced type.
  static final Set<String> PRODUCTS =
      Set.of("Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum", "LSTM", "GRU", "RNN");

  /// The largest relative error of a constant in the reduced type, by Euclidean norm.
  private static final double MAX_WEIGHT_ERROR = 0x1p-10;

  /// The largest relative error of a constant used as one number, such as an epsilon.
  private static final double MAX_SCALAR_ERROR = 0x1p-8;

  private static final double SMALLEST_NORMAL_FLOAT16 = 0x1p-14;
  private static final double MAX_MEAN_IN_DEVIATIONS = 16;
  private static final long MAX_AVERAGED = 1024;

  private final ReducedPrecision precision;

  PrecisionRules(ReducedPrecision precision) {
    this.precision = precision;
  }

  /// @param wanted whether the layer is to be lowered although its operator is sensitive
  /// @return why the layer must stay FLOAT; empty if it may be lowered
  Optional<String> reasonForFloat(Node node, boolean wanted) {
    if (OPERATORS.find(node.opType()).filter(t -> t.contains(precision.type())).isEmpty()) {
      return Optional.of("TensorRT does not compute it in " + precision.type());
    }
    boolean floatOnly =
        switch (node.opType()) {
          case "Celu", "NonMaxSuppression" -> true;
          case "IsInf" -> node.opset() < 20;
          default -> false;
        };
    if (floatOnly) {
      return Optional.of("the standard defines it for FLOAT only");
    }
    return (wanted ? Optional.<String>empty() : byOperator(node)).or(() -> byConstants(node));
  }

  private Optional<String> byOperator(Node node) {
    return Optional.ofNullable(
        switch (node.opType()) {
          case "Exp", "Log", "Pow", "Sinh", "Cosh", "Tan" ->
              "its results leave the range of half precision for ordinary arguments";
          case "Sin", "Cos", "Mod" -> "its result depends on the last digits of large arguments";
          case "Sqrt", "Reciprocal" -> "magnifies the error of small arguments";
          case "Div" ->
              node.input(1).constant().isPresent()
                  ? null
                  : "a small divisor takes the quotient out of range";
          case "Softmax", "LogSoftmax" -> "sums exponentials";
          case "ReduceSum",
              "ReduceMean",
              "ReduceProd",
              "ReduceL1",
              "ReduceL2",
              "ReduceLogSum",
              "ReduceLogSumExp",
              "ReduceSumSquare",
              "CumSum" ->
              "accumulates many elements";
          case "LayerNormalization",
              "InstanceNormalization",
              "GroupNormalization",
              "LpNormalization",
              "MeanVarianceNormalization",
              "LRN",
              "LpPool",
              "GlobalLpPool" ->
              "computes statistics of its input";
          case "Erf" -> "its result is subtracted from 1 where it is close to 1";
          case "Add", "Sub" -> followsErf(node) ? "cancels against Erf" : null;
          case "GridSample", "RoiAlign", "DeformConv" ->
              "takes coordinates, which half precision cannot resolve";
          case "BatchNormalization" -> batchNormalization(node);
          case "AveragePool", "GlobalAveragePool" -> average(node);
          default -> null;
        });
  }

  private static boolean followsErf(Node node) {
    return node.inputs().stream()
        .anyMatch(input -> input.producer().filter(producer -> producer.is("Erf")).isPresent());
  }

  private @Nullable String average(Node node) {
    if (precision != ReducedPrecision.MIXED) {
      return null;
    }
    Optional<long[]> kernel = node.intsAttribute("kernel_shape");
    long window = 1;
    if (kernel.isPresent()) {
      for (long size : kernel.get()) {
        window *= size;
      }
    } else {
      Optional<Shape> shape = node.input(0).shape();
      if (shape.isEmpty()) {
        return "averages over a window of unknown size";
      }
      for (Dim dim :
          shape.get().dims().subList(Math.min(2, shape.get().rank()), shape.get().rank())) {
        if (!(dim instanceof Dim.Fixed(long size))) {
          return "averages over a window of unknown size";
        }
        window *= size;
      }
    }
    return window > MAX_AVERAGED ? "averages over " + window + " elements" : null;
  }

  /// FLOAT statistics are harmless; so are statistics that FLOAT16 holds at full precision, unless
  /// the input cancels against the mean.
  private @Nullable String batchNormalization(Node node) {
    if (node.intAttribute("training_mode", 0) != 0) {
      return "computes statistics of its input";
    }
    if (!PrecisionRole.isData(node, 1)) {
      return null;
    }
    String advice = "; fold it into the convolution before it";
    if (precision.type() != DataType.FLOAT16) {
      return "subtracts a mean" + advice;
    }
    Optional<Tensor> mean = node.input(3).constant();
    Optional<Tensor> variance = node.input(4).constant();
    if (mean.isEmpty() || variance.isEmpty()) {
      return "its statistics are computed" + advice;
    }
    double[] means = mean.get().toDoubles();
    double[] variances = variance.get().toDoubles();
    for (int i = 0; i < Math.min(means.length, variances.length); i++) {
      if (!(variances[i] >= SMALLEST_NORMAL_FLOAT16 && variances[i] <= precision.largest())) {
        return "a variance of %.3g is out of the range of FLOAT16%s"
            .formatted(variances[i], advice);
      }
      if (Math.abs(means[i]) > MAX_MEAN_IN_DEVIATIONS * Math.sqrt(variances[i])) {
        return "cancels against a mean of %.3g%s".formatted(means[i], advice);
      }
    }
    return null;
  }

  private Optional<String> byConstants(Node node) {
    for (int i = 0; i < node.inputs().size(); i++) {
      Value input = node.input(i);
      boolean bound = node.is("Clip") && i > 0;
      if (bound || !PrecisionRole.isData(node, i) || !PrecisionRole.isFloat(input)) {
        continue;
      }
      Optional<String> reason =
          input.constant().flatMap(constant -> constantReason(node, input.name(), constant));
      if (reason.isPresent()) {
        return reason;
      }
    }
    return Optional.empty();
  }

  private Optional<String> constantReason(Node node, String name, Tensor constant) {
    HalfTensors.Conversion converted = HalfTensors.convert(constant, precision.type());
    if (converted.overflowed() > 0) {
      return Optional.of(
          "constant '%s' holds %d numbers beyond %s's largest, %.5g"
              .formatted(name, converted.overflowed(), precision.type(), precision.largest()));
    }
    boolean strict = precision == ReducedPrecision.MIXED && PRODUCTS.contains(node.opType());
    double limit = strict ? MAX_WEIGHT_ERROR : MAX_SCALAR_ERROR;
    if (converted.relativeError() > limit) {
      return Optional.of(
          "constant '%s' is too small for %s and loses %.2g of its norm"
              .formatted(name, precision.type(), converted.relativeError()));
    }
    return Optional.empty();
  }
}
