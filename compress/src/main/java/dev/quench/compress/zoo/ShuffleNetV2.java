// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.zoo.NetworkBuilder.Flow;
import dev.quench.compress.zoo.NetworkBuilder.Rectifier;
import dev.quench.graph.Model;

/// Ma et al., ShuffleNet V2, ECCV 2018, table 5, width 1: half of the channels pass by each block,
/// then the halves are shuffled. The first layer halves the image only where its sides are 64 or
/// more.
final class ShuffleNetV2 {
  private static final int[] CHANNELS = {116, 232, 464};
  private static final int[] BLOCKS = {4, 8, 4};
  private static final int STEM = 24;
  private static final int HEAD = 1024;
  private static final int SMALL_SIDE = 64;

  private final NetworkBuilder network;

  private ShuffleNetV2(NetworkBuilder network) {
    this.network = network;
  }

  static Model build(NetworkOptions options) {
    NetworkBuilder network =
        new NetworkBuilder(
            "shufflenet-v2", options, Rectifier.RELU, InitialWeights.he(options.seed()));
    return new ShuffleNetV2(network).append(options);
  }

  private Model append(NetworkOptions options) {
    Flow image = network.input();
    boolean large = Math.min(image.height(), image.width()) >= SMALL_SIDE;
    Flow x = layer("stem", image, options.scaled(STEM), 3, large ? 2 : 1);
    if (large) {
      x = network.maxPool("pool", x, 3, 2, 1);
    }
    for (int stage = 0; stage < CHANNELS.length; stage++) {
      int channels = options.scaled(CHANNELS[stage], 2);
      for (int block = 0; block < BLOCKS[stage]; block++) {
        String name = "stage%d.%d".formatted(stage + 2, block + 1);
        x = block == 0 ? narrowing(name, x, channels) : passing(name, x);
      }
    }
    x = network.convolution("head", x, options.scaled(HEAD), 1, 1, 1);
    x = network.lastActivation("head.act", network.batchNormalization("head.bn", x));
    return network.finish(network.dense("fc", network.globalAverage(x), options.classes(), true));
  }

  private Flow passing(String name, Flow before) {
    Flow[] halves = network.halves(name + ".pass", before);
    Flow branch = branch(name, halves[1], halves[1].channels(), 1);
    return network.shuffle(name, network.concat(name + ".cat", halves[0], branch), 2);
  }

  private Flow narrowing(String name, Flow before, int channels) {
    Flow side = depthwise(name + ".side.depthwise", before, 2);
    side = layer(name + ".side", side, channels / 2, 1, 1);
    Flow branch = branch(name, before, channels / 2, 2);
    return network.shuffle(name, network.concat(name + ".cat", side, branch), 2);
  }

  private Flow branch(String name, Flow before, int channels, int stride) {
    Flow x = layer(name + ".first", before, channels, 1, 1);
    x = depthwise(name + ".depthwise", x, stride);
    return layer(name + ".last", x, channels, 1, 1);
  }

  private Flow depthwise(String name, Flow before, int stride) {
    Flow x = network.convolution(name, before, before.channels(), 3, stride, before.channels());
    return network.batchNormalization(name + ".bn", x);
  }

  private Flow layer(String name, Flow before, int channels, int kernel, int stride) {
    Flow x = network.convolution(name, before, channels, kernel, stride, 1);
    return network.activation(name + ".act", network.batchNormalization(name + ".bn", x));
  }
}
