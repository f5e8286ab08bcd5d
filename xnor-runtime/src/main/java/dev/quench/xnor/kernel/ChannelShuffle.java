// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import java.util.ArrayList;
import java.util.List;

/// Shuffles packed channels: output channel `i * groups + k` is channel `i` of group `k`
/// (ShuffleNet, section 3.1). Immutable, thread-safe.
public final class ChannelShuffle {
  /// Moves the bits of one group from one input word to one output word, in order.
  private record Move(int from, int taken, int to, int given) {}

  private final int words;
  private final Move[] moves;

  /// @param groups a divisor of `channels`
  public ChannelShuffle(int channels, int groups) {
    if (groups < 1 || channels % groups != 0) {
      throw new IllegalArgumentException(
          "cannot shuffle %d channels in %d groups: the number of groups must divide the number of channels"
              .formatted(channels, groups));
    }
    this.words = PackedLayout.words(channels);
    List<Move> found = new ArrayList<>();
    int each = channels / groups;
    for (int to = 0; to < words; to++) {
      for (int group = 0; group < groups; group++) {
        addMoves(group, groups, each, to, found);
      }
    }
    this.moves = found.toArray(new Move[0]);
  }

  /// The bits that a group contributes to an output word may come from several input words.
  private static void addMoves(int group, int groups, int each, int to, List<Move> found) {
    int firstOut = to * Integer.SIZE;
    int from = -1;
    int taken = 0;
    int given = 0;
    for (int i = Math.max(0, Math.ceilDiv(firstOut - group, groups)); i < each; i++) {
      int out = i * groups + group;
      if (out >= firstOut + Integer.SIZE) {
        break;
      }
      int in = group * each + i;
      if (in / Integer.SIZE != from) {
        if (taken != 0) {
          found.add(new Move(from, taken, to, given));
        }
        from = in / Integer.SIZE;
        taken = 0;
        given = 0;
      }
      taken |= 1 << in;
      given |= 1 << out;
    }
    if (taken != 0) {
      found.add(new Move(from, taken, to, given));
    }
  }

  /// Shuffles the channels of consecutive pixels.
  ///
  /// @param pixels how many
  public void shuffle(int[] in, int inAt, int[] out, int outAt, int pixels) {
    for (int pixel = 0; pixel < pixels; pixel++) {
      int source = inAt + pixel * words;
      int target = outAt + pixel * words;
      for (int word = 0; word < words; word++) {
        out[target + word] = 0;
      }
      for (Move move : moves) {
        int bits = Integer.compress(in[source + move.from], move.taken);
        out[target + move.to] |= Integer.expand(bits, move.given);
      }
    }
  }
}
