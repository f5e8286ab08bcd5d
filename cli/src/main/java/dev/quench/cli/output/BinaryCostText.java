// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.compress.binary.cost.BinaryCost;
import dev.quench.compress.binary.cost.BinaryLayerCost;
import dev.quench.compress.binary.cost.KernelRepetition;
import java.util.ArrayList;
import java.util.List;

/// Binary and ternary layers of a model, in words and as JSON.
public final class BinaryCostText {
  private BinaryCostText() {}

  /// Prints nothing for a model without such layers.
  public static void print(QuenchCommand command, BinaryCost cost) {
    if (cost.layers().isEmpty()) {
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("layer", "weights", "reads", "count", "MACs", "2-D kernels", "unique", "fewer"));
    for (BinaryLayerCost layer : cost.layers()) {
      rows.add(
          List.of(
              layer.layer(),
              layer.levels() == 2 ? "1 bit" : "ternary",
              layer.signs() ? "signs" : "floats",
              Text.count(layer.weights()),
              Text.count(layer.macs()),
              layer.repetition().map(found -> Text.count(found.kernels())).orElse("-"),
              layer.repetition().map(BinaryCostText::share).orElse("-"),
              layer
                  .repetition()
                  .map(found -> Text.format("%.1fx", found.reduction()))
                  .orElse("-")));
    }
    command.say("binary layers, with 2-D kernels that are unique up to their sign on an input:");
    Text.table(3, rows).forEach(command::say);
    command.say(
        Text.format(
            "energy of their arithmetic at 45 nm: %.3g uJ, in FP32 %.3g uJ",
            cost.arithmeticMicrojoules(), cost.floatArithmeticMicrojoules()));
    command.say(
        Text.format(
            "their memory accesses of 64 bits: %s, in FP32 %s; energy %.3g uJ, in FP32 %.3g uJ",
            Text.count(cost.accesses()),
            Text.count(cost.floatAccesses()),
            cost.memoryMicrojoules(),
            cost.floatMemoryMicrojoules()));
  }

  private static String share(KernelRepetition repetition) {
    return Text.format(
        "%s (%.0f %%)", Text.count(repetition.uniqueUpToSign()), 100 * repetition.share());
  }

  /// Adds `binary` to a report, for a model with such layers.
  public static void add(ObjectNode root, BinaryCost cost) {
    if (cost.layers().isEmpty()) {
      return;
    }
    ObjectNode binary = root.putObject("binary");
    ArrayNode layers = binary.putArray("layers");
    for (BinaryLayerCost layer : cost.layers()) {
      ObjectNode node =
          layers
              .addObject()
              .put("layer", layer.layer())
              .put("levels", layer.levels())
              .put("readsSigns", layer.signs())
              .put("weights", layer.weights())
              .put("macs", layer.macs());
      layer
          .repetition()
          .ifPresent(repetition ->
              node.put("kernels", repetition.kernels())
                  .put("uniqueKernels", repetition.unique())
                  .put("uniqueKernelsUpToSign", repetition.uniqueUpToSign())
                  .put("reduction", repetition.reduction()));
      node.put("accesses64", layer.accesses()).put("accesses64Fp32", layer.floatAccesses());
    }
    binary
        .put("arithmeticMicrojoules", cost.arithmeticMicrojoules())
        .put("arithmeticMicrojoulesFp32", cost.floatArithmeticMicrojoules())
        .put("memoryMicrojoules", cost.memoryMicrojoules())
        .put("memoryMicrojoulesFp32", cost.floatMemoryMicrojoules())
        .put("accesses64", cost.accesses())
        .put("accesses64Fp32", cost.floatAccesses());
  }
}
