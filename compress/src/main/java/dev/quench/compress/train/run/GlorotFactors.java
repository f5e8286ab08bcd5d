// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.binary.FilterLayout;
import dev.quench.compress.binary.PowerOfTwo;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Parameter;
import dev.quench.compress.train.program.Parameters;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/// Factors of the updates of latent weights by layer, 1 / √(1.5 / (fan-in + fan-out)).
final class GlorotFactors {
  private GlorotFactors() {}

  /// One factor for each trained value, 1 for all but latent weights; the caller closes it.
  ///
  /// @param powersOfTwo whether to round the factors to powers of two
  static Tensor of(Parameters parameters, boolean powersOfTwo) {
    float[] factors = new float[Math.toIntExact(parameters.trained())];
    int at = 0;
    for (Parameter parameter : parameters.all()) {
      if (parameter.role() == Parameter.Role.STATISTIC) {
        continue;
      }
      int end = at + Math.toIntExact(parameter.elements());
      float factor = parameter.role() == Parameter.Role.LATENT ? factor(parameter.value()) : 1;
      Arrays.fill(factors, at, end, powersOfTwo ? PowerOfTwo.nearest(factor) : factor);
      at = end;
    }
    return NativeFloats.like(parameters.values(), factors);
  }

  private static float factor(Value latent) {
    Node binarize = latent.uses().getFirst().node();
    Node layer = binarize.output(0).uses().getFirst().node();
    Shape shape = latent.initializer().orElseThrow().shape();
    FilterLayout layout = FilterLayout.of(binarize);
    long filters = layout.filters(shape);
    long inputs = layout.inputs(shape);
    long kernel = shape.elements() / (filters * inputs);
    long fans = kernel * (inputs + filters / layer.intAttribute("group", 1));
    return (float) (1 / Math.sqrt(1.5 / fans));
  }
}
