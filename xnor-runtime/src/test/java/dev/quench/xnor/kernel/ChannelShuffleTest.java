// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelShuffleTest {
  private static final int PIXELS = 3;

  @ParameterizedTest
  @CsvSource({
    "1, 1", "6, 2", "6, 3", "32, 2", "33, 3", "64, 16", "64, 64", "96, 4", "100, 5", "130, 13",
    "160, 2", "192, 32"
  })
  void dealsChannelsOutInTurn(int channels, int groups) {
    SplittableRandom random = new SplittableRandom(channels);
    int words = PackedLayout.words(channels);
    int before = 2;
    int[] in = new int[before + PIXELS * words];
    int[] expected = new int[PIXELS * words];
    for (int pixel = 0; pixel < PIXELS; pixel++) {
      for (int channel = 0; channel < channels; channel++) {
        int source = channel % groups * (channels / groups) + channel / groups;
        if (random.nextBoolean()) {
          in[before + pixel * words + source / 32] |= 1 << source;
          expected[pixel * words + channel / 32] |= 1 << channel;
        }
      }
    }
    int[] out = new int[1 + PIXELS * words];
    Arrays.fill(out, -1);
    new ChannelShuffle(channels, groups).shuffle(in, before, out, 1, PIXELS);
    assertThat(Arrays.copyOfRange(out, 1, out.length)).isEqualTo(expected);
    assertThat(out[0]).isEqualTo(-1);
  }

  @Test
  void refusesGroupsThatDoNotDivide() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ChannelShuffle(10, 3))
        .withMessage(
            "cannot shuffle 10 channels in 3 groups: the number of groups must divide the number of channels");
  }
}
