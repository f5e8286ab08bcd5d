// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The XNOR kernels of the CPU. Everything that is not binary runs in ONNX Runtime, so any model
/// that it accepts runs; products in half precision are refused, since only FLOAT layers are
/// recognized as binary.
public record XnorTarget() implements ExportTarget {
  private static final Set<String> PRODUCTS = Set.of("Conv", "Gemm", "MatMul");
  private static final Set<DataType> HALF = Set.of(DataType.FLOAT16, DataType.BFLOAT16);

  @Override
  public String name() {
    return "xnor";
  }

  @Override
  public List<Refusal> refusals(Model model) {
    Model typed = model.copy();
    ShapeInference.infer(typed);
    List<Refusal> refusals = new ArrayList<>();
    typed.graph().allNodes().stream()
        .filter(node -> node.domain().isEmpty() && PRODUCTS.contains(node.opType()))
        .forEach(node -> {
          Value data = node.input(0);
          data.dataType()
              .filter(HALF::contains)
              .ifPresent(type ->
                  refusals.add(
                      new Refusal(
                          node.describe(),
                          "'%s' is %s, expected FLOAT for binary layers"
                              .formatted(data.name(), type),
                          "export the model without reduced precision")));
        });
    refusals.addAll(new OnnxRuntimeTarget().refusals(model));
    return List.copyOf(refusals);
  }
}
