// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.update;

import dev.quench.compress.binary.TrainingOps;
import dev.quench.compress.train.program.Parameter;
import dev.quench.compress.train.quantize.QuantizationNodes;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Finds the parameters that pruning set to zero.
final class ZeroMask {
  private ZeroMask() {}

  /// One factor for each trained value in the order of the flat vector: 0 for pruned ones, else 1.
  /// Reads the initializers of the model.
  ///
  /// @throws ModelFormatException if weights that are 0 are to become 1-bit or levels of DoReFa,
  ///   among which there is no 0
  static float[] of(List<Parameter> parameters) {
    int length =
        Math.toIntExact(
            parameters.stream()
                .filter(parameter -> parameter.role() != Parameter.Role.STATISTIC)
                .mapToLong(Parameter::elements)
                .sum());
    float[] mask = new float[length];
    Arrays.fill(mask, 1);
    int at = 0;
    for (Parameter parameter : parameters) {
      if (parameter.role() == Parameter.Role.STATISTIC) {
        continue;
      }
      float[] values = parameter.value().initializer().orElseThrow().toFloats();
      requireZero(parameter, values);
      boolean[] pruned = pruned(parameter, values.length);
      for (int i = 0; i < values.length; i++, at++) {
        if (values[i] == 0 && pruned[i]) {
          mask[at] = 0;
        }
      }
    }
    return mask;
  }

  private static void requireZero(Parameter parameter, float[] values) {
    boolean latent = parameter.role() == Parameter.Role.LATENT;
    boolean without =
        parameter.value().uses().stream()
            .map(Use::node)
            .anyMatch(node ->
                latent
                    ? !TrainingOps.isTernary(node)
                    : QuantizationNodes.is(node, QuantizationNodes.DOREFA_WEIGHTS)
                        && !QuantizationNodes.isWithZero(node));
    for (int i = 0; i < values.length && without; i++) {
      if (values[i] == 0) {
        throw new ModelFormatException(
            "the weights '%s' hold zeros to keep, but %s have no zero; use ternary weights or another scheme, or do not keep zeros"
                .formatted(parameter.value().name(), latent ? "1-bit weights" : "DoReFa's levels"));
      }
    }
  }

  /// Which values count as pruned if they are 0.
  private static boolean[] pruned(Parameter parameter, int length) {
    boolean[] all = new boolean[length];
    switch (parameter.role()) {
      case WEIGHT, SCALE, LATENT -> Arrays.fill(all, true);
      case SHIFT -> {
        boolean[] dead = deadChannels(parameter);
        if (dead.length == length) {
          return dead;
        }
      }
      default -> {
        // other values may be 0 by chance
      }
    }
    return all;
  }

  private static boolean[] deadChannels(Parameter parameter) {
    Node layer = parameter.layer();
    return switch (layer.opType()) {
      case "BatchNormalization" -> zeroSlices(layer.input(1), 0);
      case "Conv" -> zeroSlices(layer.input(1), 0);
      case "ConvTranspose" ->
          layer.intAttribute("group", 1) == 1 ? zeroSlices(layer.input(1), 1) : new boolean[0];
      case "Gemm" -> zeroSlices(layer.input(1), layer.intAttribute("transB", 0) != 0 ? 0 : 1);
      case "Add" -> {
        Value other = layer.input(0) == parameter.value() ? layer.input(1) : layer.input(0);
        yield other
            .producer()
            .filter(product -> product.is("MatMul"))
            .map(product -> zeroSlices(product.input(1), -1))
            .orElseGet(() -> new boolean[0]);
      }
      default -> new boolean[0];
    };
  }

  /// For each index along an axis, whether all values there are 0; empty unless constant.
  private static boolean[] zeroSlices(Value read, int axis) {
    Value weights = read;
    Node producer = weights.producer().orElse(null);
    // Quantizers and folds leave zeros zero.
    while (producer != null && QuantizationNodes.is(producer)) {
      boolean folds = producer.opType().equals(QuantizationNodes.FOLD);
      weights = producer.input(folds ? 1 : 0);
      producer = weights.producer().orElse(null);
    }
    Optional<Tensor> constant = weights.constant();
    if (constant.isEmpty() || constant.get().shape().rank() == 0) {
      return new boolean[0];
    }
    Tensor tensor = constant.get();
    int along = axis < 0 ? axis + tensor.shape().rank() : axis;
    int size = Math.toIntExact(tensor.shape().size(along));
    int inner = 1;
    for (int i = along + 1; i < tensor.shape().rank(); i++) {
      inner *= Math.toIntExact(tensor.shape().size(i));
    }
    boolean[] zero = new boolean[size];
    Arrays.fill(zero, true);
    float[] values = tensor.toFloats();
    for (int i = 0; i < values.length; i++) {
      zero[i / inner % size] &= values[i] == 0;
    }
    return zero;
  }
}
