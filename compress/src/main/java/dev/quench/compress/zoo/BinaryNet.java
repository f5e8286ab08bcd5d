// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.zoo.NetworkBuilder.Flow;
import dev.quench.graph.Model;

/// The networks of Hubara et al., Binarized Neural Networks, NIPS 2016.
final class BinaryNet {
  private BinaryNet() {}

  static Model buildDense(NetworkOptions options) {
    NetworkBuilder network = new NetworkBuilder("binarynet-mlp", options);
    Flow x = network.flatten(network.input());
    for (int i = 1; i <= 3; i++) {
      x = network.dense("fc" + i, x, options.scaled(2048), false);
      x = network.batchNormalization("bn" + i, x);
      x = i < 3 ? network.activation("act" + i, x) : network.lastActivation("act" + i, x);
    }
    return network.finish(network.dense("fc4", x, options.classes(), true));
  }

  static Model buildConvolutional(NetworkOptions options) {
    NetworkBuilder network = new NetworkBuilder("binarynet-conv", options);
    int[] widths = {128, 128, 256, 256, 512, 512};
    Flow x = network.input();
    for (int i = 0; i < widths.length; i++) {
      String number = String.valueOf(i + 1);
      x = network.convolution("conv" + number, x, options.scaled(widths[i]), 3, 1, 1);
      if (i % 2 == 1) {
        x = network.maxPool("pool" + number, x, 2, 2, 0);
      }
      x = network.activation("act" + number, network.batchNormalization("bn" + number, x));
    }
    x = network.flatten(x);
    x = network.dense("fc1", x, options.scaled(1024), false);
    x = network.activation("act7", network.batchNormalization("bn7", x));
    x = network.dense("fc2", x, options.scaled(1024), false);
    x = network.lastActivation("act8", network.batchNormalization("bn8", x));
    return network.finish(network.dense("fc3", x, options.classes(), true));
  }
}
