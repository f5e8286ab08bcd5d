// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.zoo.NetworkBuilder.Flow;
import dev.quench.compress.zoo.NetworkBuilder.Rectifier;
import dev.quench.graph.Model;
import java.util.List;

/// A one-stage detector in the form of YOLOv5 6.0, small: SiLU, cross-stage partial blocks (Wang et
/// al., CSPNet, CVPRW 2020), spatial pyramid pooling, a neck that goes up and down again (Liu et
/// al., PANet, CVPR 2018). Half the width makes the nano form.
///
/// Outputs `boxes8`, `boxes16` and `boxes32`, `[N, 3·(5 + classes), height / s, width / s]`: for
/// each of three anchors the raw box, objectness and class scores at stride s.
final class CspDetector {
  private static final int LARGEST_STRIDE = 32;
  private static final int ANCHORS = 3;
  private static final int BOX = 5;
  private static final int MULTIPLE = 8;

  private final NetworkBuilder network;
  private final NetworkOptions options;

  private CspDetector(NetworkBuilder network, NetworkOptions options) {
    this.network = network;
    this.options = options;
  }

  static Model build(NetworkOptions options) {
    if (options.height() % LARGEST_STRIDE != 0 || options.width() % LARGEST_STRIDE != 0) {
      throw new IllegalArgumentException(
          "csp-detector takes images whose sides are multiples of %d, got %d x %d"
              .formatted(LARGEST_STRIDE, options.height(), options.width()));
    }
    NetworkBuilder network =
        new NetworkBuilder(
            "csp-detector", options, Rectifier.SILU, InitialWeights.he(options.seed()));
    return new CspDetector(network, options).append();
  }

  private Model append() {
    Flow x = layer("stem", network.input(), scaled(32), 6, 2);
    x = partial("stage1", layer("down1", x, scaled(64), 3, 2), scaled(64), 1, true);
    Flow eighth = partial("stage2", layer("down2", x, scaled(128), 3, 2), scaled(128), 2, true);
    Flow sixteenth =
        partial("stage3", layer("down3", eighth, scaled(256), 3, 2), scaled(256), 3, true);
    x = partial("stage4", layer("down4", sixteenth, scaled(512), 3, 2), scaled(512), 1, true);
    Flow top = layer("neck.top", pyramid(x), scaled(256), 1, 1);
    x = network.concat("neck.cat1", network.doubled("neck.up1", top), sixteenth);
    Flow middle =
        layer("neck.middle", partial("neck.1", x, scaled(256), 1, false), scaled(128), 1, 1);
    x = network.concat("neck.cat2", network.doubled("neck.up2", middle), eighth);
    Flow small = partial("neck.2", x, scaled(128), 1, false);
    x = network.concat("neck.cat3", layer("neck.down3", small, scaled(128), 3, 2), middle);
    Flow medium = partial("neck.3", x, scaled(256), 1, false);
    x = network.concat("neck.cat4", layer("neck.down4", medium, scaled(256), 3, 2), top);
    Flow large = partial("neck.4", x, scaled(512), 1, false);
    return network.finish(
        List.of(head("boxes8", small), head("boxes16", medium), head("boxes32", large)));
  }

  /// Half of the channels through residual blocks, half past them.
  private Flow partial(String prefix, Flow before, int channels, int blocks, boolean shortcuts) {
    int half = channels / 2;
    Flow x = layer(prefix + ".left", before, half, 1, 1);
    for (int i = 1; i <= blocks; i++) {
      Flow y = layer(prefix + ".%d.conv1".formatted(i), x, half, 1, 1);
      y = layer(prefix + ".%d.conv2".formatted(i), y, half, 3, 1);
      x = shortcuts ? network.add(prefix + ".%d.add".formatted(i), x, y) : y;
    }
    Flow past = layer(prefix + ".right", before, half, 1, 1);
    return layer(prefix + ".join", network.concat(prefix + ".cat", x, past), channels, 1, 1);
  }

  /// Maxima over 5, 9 and 13 pixels, each found from the one before.
  private Flow pyramid(Flow before) {
    Flow x = layer("pyramid.in", before, before.channels() / 2, 1, 1);
    Flow five = network.maxPool("pyramid.pool5", x, 5, 1, 2);
    Flow nine = network.maxPool("pyramid.pool9", five, 5, 1, 2);
    Flow thirteen = network.maxPool("pyramid.pool13", nine, 5, 1, 2);
    Flow all = network.concat("pyramid.cat", x, five, nine, thirteen);
    return layer("pyramid.out", all, before.channels(), 1, 1);
  }

  private Flow head(String name, Flow x) {
    return network.pointwiseWithBias(name, x, ANCHORS * (BOX + options.classes()));
  }

  private Flow layer(String name, Flow before, int channels, int kernel, int stride) {
    Flow x = network.convolution(name, before, channels, kernel, stride, 1);
    return network.activation(name + ".act", network.batchNormalization(name + ".bn", x));
  }

  private int scaled(int full) {
    return options.scaled(full, MULTIPLE);
  }
}
