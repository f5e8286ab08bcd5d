// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.zoo.NetworkBuilder.Flow;
import dev.quench.compress.zoo.NetworkBuilder.Rectifier;
import dev.quench.graph.Model;

/// Tan and Le, EfficientNet, ICML 2019, table 1 (B0): inverted residuals with squeeze and excitation
/// and SiLU. The first layer halves the image only where its sides are 64 or more.
final class EfficientNet {
  /// A row of table 1.
  private record Stage(int expansion, int channels, int blocks, int stride, int kernel) {}

  private static final Stage[] STAGES = {
    new Stage(1, 16, 1, 1, 3),
    new Stage(6, 24, 2, 2, 3),
    new Stage(6, 40, 2, 2, 5),
    new Stage(6, 80, 3, 2, 3),
    new Stage(6, 112, 3, 1, 5),
    new Stage(6, 192, 4, 2, 5),
    new Stage(6, 320, 1, 1, 3)
  };

  private static final int STEM = 32;
  private static final int HEAD = 1280;
  private static final int MULTIPLE = 8;
  private static final int SMALL_SIDE = 64;

  /// Channels of a block's input for one that is squeezed.
  private static final int SQUEEZE = 4;

  private final NetworkBuilder network;

  private EfficientNet(NetworkBuilder network) {
    this.network = network;
  }

  static Model build(NetworkOptions options) {
    NetworkBuilder network =
        new NetworkBuilder(
            "efficientnet-b0", options, Rectifier.SILU, InitialWeights.he(options.seed()));
    return new EfficientNet(network).append(options);
  }

  private Model append(NetworkOptions options) {
    Flow image = network.input();
    int stride = Math.min(image.height(), image.width()) < SMALL_SIDE ? 1 : 2;
    Flow x = layer("stem", image, options.scaled(STEM, MULTIPLE), 3, stride, 1);
    for (int i = 0; i < STAGES.length; i++) {
      Stage stage = STAGES[i];
      int channels = options.scaled(stage.channels(), MULTIPLE);
      for (int block = 0; block < stage.blocks(); block++) {
        String name = "stage%d.%d".formatted(i + 1, block + 1);
        x = block(name, x, channels, stage, block == 0 ? stage.stride() : 1);
      }
    }
    x = network.convolution("head", x, options.scaled(HEAD, MULTIPLE), 1, 1, 1);
    x = network.lastActivation("head.act", network.batchNormalization("head.bn", x));
    return network.finish(network.dense("fc", network.globalAverage(x), options.classes(), true));
  }

  private Flow block(String name, Flow before, int channels, Stage stage, int stride) {
    Flow x = before;
    if (stage.expansion() > 1) {
      x = layer(name + ".expand", x, x.channels() * stage.expansion(), 1, 1, 1);
    }
    x = layer(name + ".depthwise", x, x.channels(), stage.kernel(), stride, x.channels());
    x = network.excite(name + ".se", x, Math.max(1, before.channels() / SQUEEZE));
    x = network.convolution(name + ".project", x, channels, 1, 1, 1);
    boolean shortcut = stride == 1 && before.channels() == channels;
    x = network.batchNormalization(name + ".project.bn", x);
    return shortcut ? network.add(name + ".add", x, before) : x;
  }

  private Flow layer(String name, Flow before, int channels, int kernel, int stride, int groups) {
    Flow x = network.convolution(name, before, channels, kernel, stride, groups);
    return network.activation(name + ".act", network.batchNormalization(name + ".bn", x));
  }
}
