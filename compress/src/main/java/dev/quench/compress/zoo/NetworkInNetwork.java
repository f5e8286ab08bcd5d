// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.graph.Model;

/// Network in network: three groups of one convolution and two 1 × 1 ones.
final class NetworkInNetwork {
  private NetworkInNetwork() {}

  static Model build(NetworkOptions options) {
    NetworkBuilder network = new NetworkBuilder("nin", options);
    int[] widths = {192, 160, 96, 192, 192, 192, 192, 192};
    int[] kernels = {5, 1, 1, 3, 1, 1, 3, 1};
    var x = network.input();
    for (int i = 0; i < widths.length; i++) {
      String number = String.valueOf(i + 1);
      x = network.convolution("conv" + number, x, options.scaled(widths[i]), kernels[i], 1, 1);
      if (i == 2 || i == 5) {
        x = network.maxPool("pool" + number, x, 3, 2, 1);
      }
      x = network.batchNormalization("bn" + number, x);
      x =
          i < widths.length - 1
              ? network.activation("act" + number, x)
              : network.lastActivation("act" + number, x);
    }
    x = network.pointwiseWithBias("conv9", x, options.classes());
    return network.finish(network.globalAverage(x));
  }
}
