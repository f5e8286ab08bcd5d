// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.ChannelShuffle;

/// Shuffles the channels of bits, image by image.
final class ChannelShuffleTask implements ParallelTask {
  private final ChannelShuffle shuffle;
  private final BitBuffer in;
  private final BitBuffer out;

  ChannelShuffleTask(ChannelShuffle shuffle, BitBuffer in, BitBuffer out) {
    this.shuffle = shuffle;
    this.in = in;
    this.out = out;
  }

  @Override
  public boolean isLarge() {
    return in.images() > 1 && in.words().length > 4_096;
  }

  @Override
  public void run(int part, int parts) {
    int end = StaticSchedule.start(in.images(), part + 1, parts, 1);
    for (int image = StaticSchedule.start(in.images(), part, parts, 1); image < end; image++) {
      shuffle.shuffle(in.words(), in.start(image), out.words(), out.start(image), in.pixels());
    }
  }
}
