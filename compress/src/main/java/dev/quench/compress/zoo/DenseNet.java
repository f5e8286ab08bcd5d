// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.zoo.NetworkBuilder.Flow;
import dev.quench.compress.zoo.NetworkBuilder.Rectifier;
import dev.quench.graph.Model;

/// Huang et al., Densely connected convolutional networks, CVPR 2017: each layer reads what all
/// layers of its block before it give, one behind the other. Depth 40, growth 12.
final class DenseNet {
  private static final int BLOCKS = 3;
  private static final int LAYERS = 12;
  private static final int GROWTH = 12;
  private static final int STEM = 16;

  private DenseNet() {}

  static Model build(NetworkOptions options) {
    NetworkBuilder network =
        new NetworkBuilder(
            "densenet40", options, Rectifier.RELU, InitialWeights.he(options.seed()));
    Flow x = network.convolution("stem", network.input(), options.scaled(STEM), 3, 1, 1);
    for (int block = 1; block <= BLOCKS; block++) {
      for (int layer = 1; layer <= LAYERS; layer++) {
        String name = "block%d.%d".formatted(block, layer);
        Flow grown =
            network.convolution(name, activated(network, name, x), options.scaled(GROWTH), 3, 1, 1);
        x = network.concat(name + ".cat", x, grown);
      }
      if (block < BLOCKS) {
        String name = "transition" + block;
        x = network.convolution(name, activated(network, name, x), x.channels(), 1, 1, 1);
        x = network.averagePool(name + ".pool", x);
      }
    }
    x = network.lastActivation("act", network.batchNormalization("bn", x));
    return network.finish(network.dense("fc", network.globalAverage(x), options.classes(), true));
  }

  private static Flow activated(NetworkBuilder network, String name, Flow x) {
    return network.activation(name + ".act", network.batchNormalization(name + ".bn", x));
  }
}
