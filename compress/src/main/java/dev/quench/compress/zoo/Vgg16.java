// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.zoo.NetworkBuilder.Flow;
import dev.quench.compress.zoo.NetworkBuilder.Rectifier;
import dev.quench.graph.Model;

/// Simonyan and Zisserman, Very deep convolutional networks, ICLR 2015, table 1, configuration D.
final class Vgg16 {
  private static final int[][] STAGES = {
    {64, 64}, {128, 128}, {256, 256, 256}, {512, 512, 512}, {512, 512, 512}
  };

  private static final int DENSE = 4096;

  private Vgg16() {}

  static Model build(NetworkOptions options) {
    NetworkBuilder network =
        new NetworkBuilder(
            "vgg16", options, Rectifier.RELU, InitialWeights.he(options.seed()));
    Flow x = network.input();
    for (int stage = 0; stage < STAGES.length; stage++) {
      for (int layer = 0; layer < STAGES[stage].length; layer++) {
        String name = "conv%d_%d".formatted(stage + 1, layer + 1);
        x = network.convolution(name, x, options.scaled(STAGES[stage][layer]), 3, 1, 1, true);
        x = network.activation(name + ".act", x);
      }
      if (x.height() > 1 && x.width() > 1) {
        x = network.maxPool("pool" + (stage + 1), x, 2, 2, 0);
      }
    }
    x = network.flatten(x);
    for (String name : new String[] {"fc6", "fc7"}) {
      x = network.dense(name, x, options.scaled(DENSE), true);
      x =
          name.equals("fc6")
              ? network.activation(name + ".act", x)
              : network.lastActivation(name + ".act", x);
    }
    return network.finish(network.dense("fc8", x, options.classes(), true));
  }
}
