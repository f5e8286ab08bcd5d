// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.zoo.NetworkBuilder.Flow;
import dev.quench.compress.zoo.NetworkBuilder.Rectifier;
import dev.quench.graph.Model;

/// Sandler et al., MobileNetV2, CVPR 2018, table 2: blocks that widen by a 1 × 1 convolution,
/// filter each channel alone and narrow again, with shortcuts between the narrow ends.
///
/// Channels are multiples of 8, and none falls below nine tenths of what was asked for; the layer
/// before the mean keeps 1280 at least. The first layer halves the image only where its sides are
/// 64 or more.
final class MobileNetV2 {
  /// A row of table 2.
  private record Stage(int expansion, int channels, int blocks, int stride) {}

  private static final Stage[] STAGES = {
    new Stage(1, 16, 1, 1),
    new Stage(6, 24, 2, 2),
    new Stage(6, 32, 3, 2),
    new Stage(6, 64, 4, 2),
    new Stage(6, 96, 3, 1),
    new Stage(6, 160, 3, 2),
    new Stage(6, 320, 1, 1)
  };

  private static final int STEM = 32;
  private static final int HEAD = 1280;
  private static final int MULTIPLE = 8;
  private static final int SMALL_SIDE = 64;

  private final NetworkBuilder network;

  private MobileNetV2(NetworkBuilder network) {
    this.network = network;
  }

  static Model build(NetworkOptions options) {
    NetworkBuilder network =
        new NetworkBuilder(
            "mobilenet-v2", options, Rectifier.RELU6, InitialWeights.he(options.seed()));
    return new MobileNetV2(network).append(options);
  }

  private Model append(NetworkOptions options) {
    Flow image = network.input();
    int stride = Math.min(image.height(), image.width()) < SMALL_SIDE ? 1 : 2;
    Flow x = layer("stem", image, channels(options, STEM), 3, stride, 1);
    for (int i = 0; i < STAGES.length; i++) {
      Stage stage = STAGES[i];
      int channels = channels(options, stage.channels());
      for (int block = 0; block < stage.blocks(); block++) {
        String prefix = "stage%d.%d".formatted(i + 1, block + 1);
        x = block(prefix, x, channels, stage, block == 0 ? stage.stride() : 1);
      }
    }
    int head = Math.max(HEAD, channels(options, HEAD));
    x = network.convolution("head", x, head, 1, 1, 1);
    x = network.lastActivation("head.act", network.batchNormalization("head.bn", x));
    return network.finish(network.dense("fc", network.globalAverage(x), options.classes(), true));
  }

  private Flow block(String prefix, Flow before, int channels, Stage stage, int stride) {
    Flow x = before;
    if (stage.expansion() > 1) {
      x = layer(prefix + ".expand", x, x.channels() * stage.expansion(), 1, 1, 1);
    }
    x = layer(prefix + ".depthwise", x, x.channels(), 3, stride, x.channels());
    x = network.convolution(prefix + ".project", x, channels, 1, 1, 1);
    boolean shortcut = stride == 1 && before.channels() == channels;
    // Without a rectifier half of He's variance is enough; sums share it among their terms.
    double variance = 0.5 / (shortcut ? stage.blocks() : 1);
    x = network.batchNormalization(prefix + ".project.bn", x, Math.sqrt(variance));
    return shortcut ? network.add(prefix + ".add", x, before) : x;
  }

  private Flow layer(String name, Flow before, int channels, int kernel, int stride, int groups) {
    Flow x = network.convolution(name, before, channels, kernel, stride, groups);
    return network.activation(name + ".act", network.batchNormalization(name + ".bn", x));
  }

  private static int channels(NetworkOptions options, int full) {
    int rounded = options.scaled(full, MULTIPLE);
    return rounded < 0.9 * full * options.widthMultiplier() ? rounded + MULTIPLE : rounded;
  }
}
