// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.zoo.NetworkBuilder.Flow;
import dev.quench.graph.Model;

/// Residual networks of basic blocks for small images: a 3 × 3 stem without pooling.
final class ResNet {
  private ResNet() {}

  static Model build18(NetworkOptions options) {
    return build("resnet18", options, new int[] {64, 128, 256, 512}, 2);
  }

  static Model build20(NetworkOptions options) {
    return build("resnet20", options, new int[] {16, 32, 64}, 3);
  }

  private static Model build(String name, NetworkOptions options, int[] widths, int blocks) {
    NetworkBuilder network = new NetworkBuilder(name, options);
    Flow x = network.convolution("stem", network.input(), options.scaled(widths[0]), 3, 1, 1);
    x = network.batchNormalization("stem.bn", x);
    for (int stage = 0; stage < widths.length; stage++) {
      for (int block = 0; block < blocks; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        String prefix = "stage%d.%d".formatted(stage + 1, block + 1);
        x = block(network, prefix, x, options.scaled(widths[stage]), stride);
      }
    }
    x = network.globalAverage(network.lastActivation("act", x));
    return network.finish(network.dense("fc", x, options.classes(), true));
  }

  /// Both convolutions read activations of what went before; their sum goes on as it is, so that a
  /// network of signs keeps a path of real values.
  private static Flow block(
      NetworkBuilder network, String prefix, Flow before, int channels, int stride) {
    Flow activated = network.activation(prefix + ".act1", before);
    Flow x = network.convolution(prefix + ".conv1", activated, channels, 3, stride, 1);
    x = network.activation(prefix + ".act2", network.batchNormalization(prefix + ".bn1", x));
    x = network.convolution(prefix + ".conv2", x, channels, 3, 1, 1);
    x = network.batchNormalization(prefix + ".bn2", x);
    Flow skip = before;
    if (stride != 1 || before.channels() != channels) {
      skip = network.convolution(prefix + ".skip", activated, channels, 1, stride, 1);
      skip = network.batchNormalization(prefix + ".skip.bn", skip);
    }
    return network.add(prefix + ".add", x, skip);
  }
}
