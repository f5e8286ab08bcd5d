// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

import dev.quench.tensor.DataType;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// One layer of a built engine: a kernel with all nodes fused into it.
///
/// @param name TensorRT's name, composed of the names of its nodes
/// @param type TensorRT's type, for example `CaskConvolution`, `Reformat`, `kgen`
/// @param operation the kind of its parameters, for example `Convolution`; may be empty
/// @param origin the purpose of a `Reformat`, for example `QDQ` or `REFORMAT`; may be empty
/// @param weights element type of its weights; empty without weights
/// @param tactic name of the kernel; may be empty
/// @param nodes names of the ONNX nodes in it, if TensorRT kept them
public record EngineLayer(
    String name,
    String type,
    String operation,
    String origin,
    List<LayerTensor> inputs,
    List<LayerTensor> outputs,
    Optional<DataType> weights,
    String tactic,
    List<String> nodes) {
  private static final Set<String> WEIGHTED =
      Set.of("conv", "correlation", "deconv", "gemm", "matrixmultiply", "matmul", "fullyconnected");

  /// A tensor between layers.
  ///
  /// @param format layout and type in TensorRT's words
  /// @param type empty if TensorRT does not report it, as with free dimensions
  public record LayerTensor(String name, String format, Optional<DataType> type) {}

  public EngineLayer {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    nodes = List.copyOf(nodes);
  }

  /// The type in which the layer computes: that of its weights, else of the first input with a
  /// known type, else of the first output.
  public Optional<DataType> precision() {
    if (weights.isPresent()) {
      return weights;
    }
    return inputs.stream()
        .map(LayerTensor::type)
        .flatMap(Optional::stream)
        .findFirst()
        .or(() -> outputs.stream().map(LayerTensor::type).flatMap(Optional::stream).findFirst());
  }

  /// Whether it only changes the layout or type of a tensor: memory traffic without computation.
  public boolean isReformat() {
    return type.equalsIgnoreCase("Reformat") || operation.equalsIgnoreCase("Reformat");
  }

  /// Whether it does nothing at run time.
  public boolean isNoOperation() {
    return type.equalsIgnoreCase("NoOp") || type.equalsIgnoreCase("Constant");
  }

  /// Whether it is a convolution or matrix product, which benefit from INT8.
  public boolean isWeighted() {
    String text = (type + " " + operation).toLowerCase(Locale.ROOT);
    return !isReformat() && WEIGHTED.stream().anyMatch(text::contains);
  }

  /// Whether it only quantizes or dequantizes: a Q/DQ node that was not fused, which TensorRT may
  /// also run as a `Reformat`.
  public boolean isQuantization() {
    String text = (type + " " + operation).toLowerCase(Locale.ROOT);
    return text.contains("quantize") || (isReformat() && origin.equalsIgnoreCase("QDQ"));
  }
}
