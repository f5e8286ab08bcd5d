// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.zoo.NetworkBuilder.Flow;
import dev.quench.compress.zoo.NetworkBuilder.Rectifier;
import dev.quench.graph.Model;

/// The residual network of 50 layers for large images, He et al. 2016, table 1, whose 3 × 3
/// convolution halves the image, not the first 1 × 1.
final class BottleneckResNet {
  private static final int[] WIDTHS = {64, 128, 256, 512};
  private static final int[] BLOCKS = {3, 4, 6, 3};
  private static final int EXPANSION = 4;

  private final NetworkBuilder network;

  private BottleneckResNet(NetworkBuilder network) {
    this.network = network;
  }

  static Model build50(NetworkOptions options) {
    NetworkBuilder network =
        new NetworkBuilder("resnet50", options, Rectifier.RELU, InitialWeights.he(options.seed()));
    return new BottleneckResNet(network).append(options);
  }

  private Model append(NetworkOptions options) {
    Flow x = network.convolution("stem", network.input(), options.scaled(WIDTHS[0]), 7, 2, 1);
    x = network.activation("stem.act", network.batchNormalization("stem.bn", x));
    x = network.maxPool("pool", x, 3, 2, 1);
    for (int stage = 0; stage < WIDTHS.length; stage++) {
      for (int block = 0; block < BLOCKS[stage]; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        String prefix = "stage%d.%d".formatted(stage + 1, block + 1);
        Flow sum = sum(prefix, x, options.scaled(WIDTHS[stage]), stride, 1.0 / BLOCKS[stage]);
        boolean last = stage == WIDTHS.length - 1 && block == BLOCKS[stage] - 1;
        x =
            last
                ? network.lastActivation(prefix + ".act3", sum)
                : network.activation(prefix + ".act3", sum);
      }
    }
    return network.finish(network.dense("fc", network.globalAverage(x), options.classes(), true));
  }

  /// @param share of the variance that the branch adds, so that sums stay small however many follow
  ///   each other
  private Flow sum(String prefix, Flow before, int channels, int stride, double share) {
    Flow x = network.convolution(prefix + ".conv1", before, channels, 1, 1, 1);
    x = network.activation(prefix + ".act1", network.batchNormalization(prefix + ".bn1", x));
    x = network.convolution(prefix + ".conv2", x, channels, 3, stride, 1);
    x = network.activation(prefix + ".act2", network.batchNormalization(prefix + ".bn2", x));
    x = network.convolution(prefix + ".conv3", x, EXPANSION * channels, 1, 1, 1);
    x = network.batchNormalization(prefix + ".bn3", x, Math.sqrt(share));
    Flow skip = before;
    if (stride != 1 || before.channels() != EXPANSION * channels) {
      skip = network.convolution(prefix + ".skip", before, EXPANSION * channels, 1, stride, 1);
      skip = network.batchNormalization(prefix + ".skip.bn", skip);
    }
    return network.add(prefix + ".add", x, skip);
  }
}
