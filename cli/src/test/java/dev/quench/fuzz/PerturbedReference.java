// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.SplittableRandom;

/// A float model with the errors that a runtime may make where a lowered one computes in a reduced
/// type, at random: how far they move the outputs tells what a network magnifies.
///
/// Each tensor of the reduced type is multiplied by 1 + e, |e| ≤ u, element by element: a rounding
/// in another place, or none. A Gemm gets e √K Σ|a b| on top, since ONNX Runtime's adds up K
/// products in FLOAT16; this is the bound that holds with high probability (Higham and Mary, "A New
/// Approach to Probabilistic Rounding Error Analysis", SIAM J. Sci. Comput. 2019, theorem 3.1, with
/// λ = 1).
final class PerturbedReference {
  private final DataType reduced;
  private final double unit;
  private final SplittableRandom random;

  private PerturbedReference(DataType reduced, SplittableRandom random) {
    this.reduced = reduced;
    this.unit = reduced == DataType.FLOAT16 ? 0x1p-11 : 0x1p-8;
    this.random = random;
  }

  /// @param lowered of static shapes; not changed
  /// @param reduced FLOAT16, or BFLOAT16
  static Model of(Model lowered, DataType reduced, SplittableRandom random) {
    Model shaped = lowered.copy();
    ShapeInference.infer(shaped);
    return new PerturbedReference(reduced, random).perturb(shaped);
  }

  private Model perturb(Model lowered) {
    Rebuilding rebuilding = new Rebuilding(lowered, reduced);
    for (Node node : lowered.graph().nodes()) {
      Node copy = rebuilding.copy(node, Map.of(), i -> isReduced(node.output(i)));
      if (copy.is("Cast") && copy.intAttribute("to", 0) == reduced.onnxCode()) {
        copy.setAttribute("to", AttributeValue.of(DataType.FLOAT.onnxCode()));
      }
      for (Value output : node.outputs()) {
        if (output.isPresent() && isReduced(output)) {
          rebuilding.map(output, perturbed(rebuilding, node, copy, output));
        }
      }
    }
    return rebuilding.finish();
  }

  private Value perturbed(Rebuilding rebuilding, Node node, Node copy, Value output) {
    Shape shape = output.shape().orElseThrow();
    Value sum = rebuilding.of(output);
    if (node.is("Gemm")) {
      Value a = rebuilding.append(NodeBuilder.of("Abs").inputs(copy.input(0)));
      Value b = rebuilding.append(NodeBuilder.of("Abs").inputs(copy.input(1)));
      NodeBuilder product = NodeBuilder.of("Gemm").inputs(a, b);
      node.attributes().forEach(product::attribute);
      Shape left = node.input(0).shape().orElseThrow();
      long terms = left.size(node.intAttribute("transA", 0) == 0 ? 1 : 0);
      Value errors =
          rebuilding.append(
              NodeBuilder.of("Mul")
                  .inputs(
                      rebuilding.append(product),
                      rebuilding.constant(noise(shape, 0, unit * Math.sqrt(terms)))));
      sum = rebuilding.append(NodeBuilder.of("Add").inputs(sum, errors));
    }
    return rebuilding.append(
        NodeBuilder.of("Mul").inputs(sum, rebuilding.constant(noise(shape, 1, unit))),
        output.name());
  }

  private Tensor noise(Shape shape, double middle, double most) {
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (middle + random.nextDouble(-most, most));
    }
    return Tensor.ofFloats(shape, values);
  }

  private boolean isReduced(Value value) {
    return value.dataType().filter(type -> type == reduced).isPresent();
  }
}
