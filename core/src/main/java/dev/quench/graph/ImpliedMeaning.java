// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.LinkedHashMap;
import java.util.Map;

/// What decides the result of a node besides its inputs and attributes: how many outputs it lists,
/// and the opset where that changed an operator without a change to its attributes.
public final class ImpliedMeaning {
  private ImpliedMeaning() {}

  /// The implied attributes, named as in the newest version of the operator where it has them.
  ///
  /// @return attributes that `node` does not have; empty where inputs and attributes decide alone
  public static Map<String, AttributeValue> of(Node node) {
    Map<String, AttributeValue> implied = new LinkedHashMap<>();
    if (!node.domain().isEmpty()) {
      return implied;
    }
    long opset = node.opset();
    switch (node.opType()) {
      case "Split" -> {
        if (node.attribute("split").isEmpty() && node.input(1).isAbsent()) {
          implied.put("num_outputs", AttributeValue.of(node.outputs().size()));
        }
      }
      case "BatchNormalization" -> {
        boolean listsStatistics = node.outputs().stream().skip(1).anyMatch(Value::isPresent);
        if ((opset < 14 && listsStatistics)
            || (opset < 7 && node.intAttribute("is_test", 0) == 0)) {
          implied.put("implied:trains", AttributeValue.of(1));
        }
      }
      case "Dropout" -> {
        if (opset < 7 && node.intAttribute("is_test", 0) == 0) {
          implied.put("implied:trains", AttributeValue.of(1));
        }
      }
      case "Softmax", "LogSoftmax", "Hardmax" -> {
        // Rows of a matrix, not one axis; for the last axis both agree. An unknown rank counts as
        // if the axis were the last, so that a model keeps its digest in another opset.
        long axis = node.intAttribute("axis", 1);
        boolean last =
            node.input(0).shape().map(shape -> axis == -1 || axis == shape.rank() - 1).orElse(true);
        if (opset < 13 && !last) {
          implied.put("implied:rows", AttributeValue.of(1));
        }
      }
      case "Resize" -> {
        if (opset < 11) {
          implied.put("coordinate_transformation_mode", AttributeValue.of("asymmetric"));
        }
      }
      case "RoiAlign" -> {
        if (opset < 16) {
          implied.put("coordinate_transformation_mode", AttributeValue.of("output_half_pixel"));
        }
      }
      case "DFT" -> {
        if (opset < 20 && node.attribute("axis").isEmpty()) {
          implied.put("implied:axis", AttributeValue.of(1));
        }
      }
      case "Scan" -> {
        if (opset < 9) {
          implied.put("implied:batched", AttributeValue.of(1));
        }
      }
      default -> {
        // inputs and attributes decide alone
      }
    }
    return implied;
  }
}
