// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.graph.Model;

/// 5 × 5 convolutions of 10 and 20 channels, each pooled, and dense layers of 50 and the classes.
final class LeNet {
  private LeNet() {}

  static Model build(NetworkOptions options) {
    NetworkBuilder network = new NetworkBuilder("lenet", options);
    var x = network.convolution("conv1", network.input(), options.scaled(10), 5, 1, 1);
    x = network.maxPool("pool1", x, 2, 2, 0);
    x = network.activation("act1", network.batchNormalization("bn1", x));
    x = network.convolution("conv2", x, options.scaled(20), 5, 1, 1);
    x = network.maxPool("pool2", x, 2, 2, 0);
    x = network.activation("act2", network.batchNormalization("bn2", x));
    x = network.dense("fc1", network.flatten(x), options.scaled(50), false);
    x = network.lastActivation("act3", network.batchNormalization("bn3", x));
    return network.finish(network.dense("fc2", x, options.classes(), true));
  }
}
