// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// Weights of a binary or ternary layer as panels of 64 output channels, the lanes of the kernels.
///
/// For each tap and each word of input channels, a panel holds 64 consecutive sign words, one per
/// output channel. Ternary layers also hold, in the same order, the mask of nonzero weights (a sign
/// bit is set only where the mask bit is). A panel covers only the input words that its channels
/// read, which keeps groups cheap; if some channels read only part of a word, the mask selects that
/// part.
public final class WeightPanels {
  /// Output channels per panel.
  public static final int LANES = 64;

  final int channels;
  final int outChannels;
  final int panels;
  final int taps;

  /// By panel: offset of its words in [#sign].
  final int[] start;

  /// By panel: the first input word it reads.
  final int[] firstWord;

  /// By panel: number of input words it reads.
  final int[] words;

  final int[] sign;

  /// As long as [#sign]; empty if every weight is ±1 and no panel needs a mask.
  final int[] mask;

  /// By output channel and tap: number of nonzero weights.
  private final int[] nonZero;

  /// By output channel and tap: number of weights −1.
  private final int[] negative;

  private final boolean ternary;

  private WeightPanels(
      int channels, int outChannels, int groups, int taps, boolean ternary, boolean masked) {
    this.ternary = ternary;
    this.channels = channels;
    this.outChannels = outChannels;
    this.taps = taps;
    this.panels = Math.ceilDiv(outChannels, LANES);
    this.start = new int[panels];
    this.firstWord = new int[panels];
    this.words = new int[panels];
    int groupIn = channels / groups;
    int groupOut = outChannels / groups;
    int total = 0;
    for (int panel = 0; panel < panels; panel++) {
      int firstGroup = panel * LANES / groupOut;
      int lastGroup = (Math.min(outChannels, (panel + 1) * LANES) - 1) / groupOut;
      int endWord = Math.ceilDiv((lastGroup + 1) * groupIn, Integer.SIZE);
      start[panel] = total;
      firstWord[panel] = firstGroup * groupIn / Integer.SIZE;
      words[panel] = endWord - firstWord[panel];
      total = Math.addExact(total, Math.multiplyExact(taps * LANES, words[panel]));
    }
    this.sign = new int[total];
    this.mask = masked ? new int[total] : new int[0];
    this.nonZero = new int[outChannels * taps];
    this.negative = new int[outChannels * taps];
  }

  /// Packs weights.
  ///
  /// @param weights `[outChannels, channels / groups, taps]`, each −1, 0 or 1
  public static WeightPanels pack(
      byte[] weights, int channels, int outChannels, int groups, int taps) {
    boolean ternary = holdsZero(weights);
    boolean masked = ternary || needsMask(channels, outChannels, groups);
    WeightPanels panels = new WeightPanels(channels, outChannels, groups, taps, ternary, masked);
    int groupIn = channels / groups;
    int groupOut = outChannels / groups;
    for (int out = 0; out < outChannels; out++) {
      int firstChannel = out / groupOut * groupIn;
      for (int in = 0; in < groupIn; in++) {
        for (int tap = 0; tap < taps; tap++) {
          panels.set(out, firstChannel + in, tap, weights[(out * groupIn + in) * taps + tap]);
        }
      }
    }
    return panels;
  }

  private static boolean holdsZero(byte[] weights) {
    for (byte weight : weights) {
      if (weight == 0) {
        return true;
      }
    }
    return false;
  }

  /// Without a mask an output channel reads all channels of its panel's words.
  private static boolean needsMask(int channels, int outChannels, int groups) {
    int groupIn = channels / groups;
    int groupOut = outChannels / groups;
    return groups > 1 && (groupIn % Integer.SIZE != 0 || groupOut % LANES != 0);
  }

  private void set(int out, int in, int tap, byte weight) {
    if (weight == 0) {
      return;
    }
    int panel = out / LANES;
    int word = in / Integer.SIZE - firstWord[panel];
    int at = start[panel] + (tap * words[panel] + word) * LANES + out % LANES;
    int bit = 1 << in;
    nonZero[out * taps + tap]++;
    if (isMasked()) {
      mask[at] |= bit;
    }
    if (weight < 0) {
      sign[at] |= bit;
      negative[out * taps + tap]++;
    }
  }

  /// Whether any weight is 0.
  public boolean isTernary() {
    return ternary;
  }

  /// Whether the kernels must apply [#mask]: for ternary weights, and where groups of channels end
  /// inside of a word or a panel.
  boolean isMasked() {
    return mask.length > 0;
  }

  public int channels() {
    return channels;
  }

  public int outChannels() {
    return outChannels;
  }

  /// Total lanes of all panels.
  int lanes() {
    return panels * LANES;
  }

  /// The largest sum of an output channel; the smallest is its negative.
  public int largestSum(int out) {
    int sum = 0;
    for (int tap = 0; tap < taps; tap++) {
      sum += nonZero[out * taps + tap];
    }
    return sum;
  }

  /// The sum if no bit differs: if `c` bits differ, with padded taps read as zero bits, the sum
  /// over the taps inside the input is `base - 2 c`.
  int base(int out, boolean[] inside) {
    int base = 0;
    for (int tap = 0; tap < taps; tap++) {
      int at = out * taps + tap;
      base += inside[tap] ? nonZero[at] : 2 * negative[at];
    }
    return base;
  }

  /// Multiplications by nonzero weights for one output pixel.
  public long products() {
    long total = 0;
    for (int count : nonZero) {
      total += count;
    }
    return total;
  }

  /// Size of the packed weights in bytes.
  public long bytes() {
    return 4L * (sign.length + mask.length);
  }
}
