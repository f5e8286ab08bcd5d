// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.zoo.NetworkBuilder.Flow;
import dev.quench.graph.Model;

/// 3 × 3 convolutions 64 P 128 128 P 256 256, then 1 × 1 to the classes and the mean over the
/// image.
///
/// With shortcuts the second convolution of each pair adds what its activation read, the value
/// before sign or rectifier, to its normalized output (Liu et al., Bi-Real Net, ECCV 2018).
final class VggSmall {
  private VggSmall() {}

  static Model build(NetworkOptions options) {
    NetworkBuilder network = new NetworkBuilder("vgg-small", options);
    int narrow = options.scaled(64);
    int middle = options.scaled(128);
    int wide = options.scaled(256);
    Flow x = network.convolution("conv1", network.input(), narrow, 3, 1, 1);
    x = network.batchNormalization("bn1", network.maxPool("pool1", x, 2, 2, 0));
    x = pair(network, options, x, middle, 2);
    x = network.maxPool("pool3", x, 2, 2, 0);
    x = pair(network, options, x, wide, 4);
    x = network.pointwiseWithBias("conv6", network.lastActivation("act5", x), options.classes());
    return network.finish(network.globalAverage(x));
  }

  private static Flow pair(
      NetworkBuilder network, NetworkOptions options, Flow before, int channels, int number) {
    Flow x = layer(network, before, channels, number);
    Flow y = layer(network, x, channels, number + 1);
    return options.shortcuts() ? network.add("add" + (number + 1), y, x) : y;
  }

  private static Flow layer(NetworkBuilder network, Flow before, int channels, int number) {
    Flow x = network.activation("act" + (number - 1), before);
    x = network.convolution("conv" + number, x, channels, 3, 1, 1);
    return network.batchNormalization("bn" + number, x);
  }
}
