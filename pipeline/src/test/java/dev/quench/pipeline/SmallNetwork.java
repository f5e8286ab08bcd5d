// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.Map;

/// Two convolutions with a Relu between them, and data for it, from seeds.
public final class SmallNetwork {
  private SmallNetwork() {}

  /// A new copy each time; its input is `x` [N, 8, 6, 6].
  public static Model model() {
    return model(Dim.of("N"));
  }

  /// @param batch the first dimension of the input
  public static Model model(Dim batch) {
    GraphMaker maker = new GraphMaker(17);
    Value x = maker.input("x", batch, Dim.of(8), Dim.of(6), Dim.of(6));
    Value first = maker.add("Conv", "first", x, maker.weights("first.w", 16, 8, 3, 3));
    Value relu = maker.add("Relu", "relu", first);
    maker.output(maker.add("Conv", "second", relu, maker.weights("second.w", 16, 16, 3, 3)));
    return maker.model();
  }

  /// @param samples of noise that is declared as real data
  public static Dataset data(int samples, long seed) {
    Tensor noise = new GraphMaker(17, seed).normal(samples, 8, 6, 6);
    return TensorDataset.of("noise " + seed, Map.of("x", noise));
  }
}
