// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.graph.Model;

/// Network in network of grouped convolutions, with a shuffle of the channels between groups.
final class GroupedNetworkInNetwork {
  /// A multiple of all numbers of groups that meet at a layer.
  private static final int MULTIPLE = 32;

  private GroupedNetworkInNetwork() {}

  static Model build(NetworkOptions options) {
    NetworkBuilder network = new NetworkBuilder("nin-gc", options);
    int[] widths = {256, 256, 256, 512, 512, 512, 1024, 1024};
    int[] kernels = {5, 1, 1, 3, 1, 1, 3, 1};
    int[] groups = {1, 2, 2, 16, 4, 4, 32, 8};
    int[] shuffles = {1, 1, 2, 2, 16, 4, 4, 32};
    var x = network.input();
    for (int i = 0; i < widths.length; i++) {
      String number = String.valueOf(i + 1);
      if (shuffles[i] > 1) {
        x = network.shuffle("shuffle" + number, x, shuffles[i]);
      }
      int channels = options.scaled(widths[i], MULTIPLE);
      x = network.convolution("conv" + number, x, channels, kernels[i], 1, groups[i]);
      if (i == 2 || i == 5) {
        x = network.maxPool("pool" + number, x, 2, 2, 0);
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
