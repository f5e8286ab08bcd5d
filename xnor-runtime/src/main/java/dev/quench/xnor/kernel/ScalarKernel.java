// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Plain Java: the reference for the vector kernel and its stand-in. C2 vectorizes the loop over
/// lanes by itself if it can vectorize popcount on the processor.
final class ScalarKernel implements Kernel {
  private static final int LANES = WeightPanels.LANES;

  @Override
  public String description() {
    return "plain Java";
  }

  @Override
  public void compute(
      BinaryConvolution layer,
      int[] in,
      int inAt,
      int[] bits,
      float[] floats,
      int outAt,
      int firstPixel,
      int endPixel,
      int firstPanel,
      int endPanel) {
    int[] counts = new int[LANES];
    for (int panel = firstPanel; panel < endPanel; panel++) {
      for (int pixel = firstPixel; pixel < endPixel; pixel++) {
        Arrays.fill(counts, 0);
        if (layer.weights.isMasked()) {
          countTernary(layer, in, inAt, pixel, panel, counts);
        } else {
          countBinary(layer, in, inAt, pixel, panel, counts);
        }
        int lane = layer.indirection.classOf[pixel] * layer.weights.lanes() + panel * LANES;
        switch (layer.epilogue) {
          case Epilogue.Threshold epilogue ->
              storeBits(
                  counts,
                  epilogue.threshold,
                  lane,
                  epilogue.flip[panel],
                  bits,
                  outAt + pixel * layer.bitStride + 2 * panel,
                  layer.wordsOf(panel));
          case Epilogue.Affine affine ->
              storeFloats(
                  counts,
                  affine,
                  lane,
                  panel * LANES,
                  floats,
                  outAt + pixel * layer.outWords * Integer.SIZE + panel * LANES,
                  layer.wordsOf(panel) * Integer.SIZE);
        }
      }
    }
  }

  private static void countBinary(
      BinaryConvolution layer, int[] in, int inAt, int pixel, int panel, int[] counts) {
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int words = weights.words[panel];
    int at = weights.start[panel];
    for (int tap = 0; tap < weights.taps; tap++) {
      int from =
          inAt + layer.indirection.offsets[pixel * weights.taps + tap] + weights.firstWord[panel];
      for (int word = 0; word < words; word++) {
        int activation = in[from + word];
        for (int lane = 0; lane < LANES; lane++) {
          counts[lane] += Integer.bitCount(activation ^ sign[at + lane]);
        }
        at += LANES;
      }
    }
  }

  private static void countTernary(
      BinaryConvolution layer, int[] in, int inAt, int pixel, int panel, int[] counts) {
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] mask = weights.mask;
    int words = weights.words[panel];
    int at = weights.start[panel];
    for (int tap = 0; tap < weights.taps; tap++) {
      int from =
          inAt + layer.indirection.offsets[pixel * weights.taps + tap] + weights.firstWord[panel];
      for (int word = 0; word < words; word++) {
        int activation = in[from + word];
        for (int lane = 0; lane < LANES; lane++) {
          counts[lane] += Integer.bitCount((activation ^ sign[at + lane]) & mask[at + lane]);
        }
        at += LANES;
      }
    }
  }

  private static void storeBits(
      int[] counts, int[] threshold, int lane, long flip, int[] bits, int to, int words) {
    for (int word = 0; word < words; word++) {
      int packed = 0;
      for (int bit = 0; bit < Integer.SIZE; bit++) {
        int at = word * Integer.SIZE + bit;
        packed |= (counts[at] > threshold[lane + at] ? 1 : 0) << bit;
      }
      bits[to + word] = packed ^ (int) (flip >>> (word * Integer.SIZE));
    }
  }

  private static void storeFloats(
      int[] counts,
      Epilogue.Affine affine,
      int lane,
      int channel,
      float[] floats,
      int to,
      int length) {
    for (int i = 0; i < length; i++) {
      float halfSum = affine.halfBase[lane + i] - counts[i];
      floats[to + i] = halfSum * affine.twiceFactor[channel + i] + affine.summand[channel + i];
    }
  }

  @Override
  public void elementwise(
      ChannelFunction.Operator operator,
      float[] left,
      int leftAt,
      float[] right,
      int rightAt,
      float[] out,
      int outAt,
      int length) {
    switch (operator) {
      case MULTIPLY -> {
        for (int i = 0; i < length; i++) {
          out[outAt + i] = left[leftAt + i] * right[rightAt + i];
        }
      }
      case ADD -> {
        for (int i = 0; i < length; i++) {
          out[outAt + i] = left[leftAt + i] + right[rightAt + i];
        }
      }
      case MAXIMUM -> {
        for (int i = 0; i < length; i++) {
          float value = left[leftAt + i];
          float operand = right[rightAt + i];
          out[outAt + i] = operand > value ? operand : value;
        }
      }
      case MINIMUM -> {
        for (int i = 0; i < length; i++) {
          float value = left[leftAt + i];
          float operand = right[rightAt + i];
          out[outAt + i] = operand < value ? operand : value;
        }
      }
      case LEAKY_RELU -> {
        for (int i = 0; i < length; i++) {
          float value = left[leftAt + i];
          out[outAt + i] = value < 0 ? value * right[rightAt + i] : value;
        }
      }
    }
  }

  @Override
  public boolean packNhwc(float[] floats, int from, int channels, int pixels, int[] bits, int to) {
    int words = PackedLayout.words(channels);
    boolean numbers = true;
    for (int pixel = 0; pixel < pixels; pixel++) {
      int row = from + pixel * words * Integer.SIZE;
      for (int word = 0; word < words; word++) {
        int packed = 0;
        int end = Math.min(Integer.SIZE, channels - word * Integer.SIZE);
        for (int bit = 0; bit < end; bit++) {
          float value = floats[row + word * Integer.SIZE + bit];
          packed |= (value < 0 ? 1 : 0) << bit;
          numbers &= !Float.isNaN(value);
        }
        bits[to + pixel * words + word] = packed;
      }
    }
    return numbers;
  }

  @Override
  public boolean packNchw(NchwSource source, int firstPixel, int endPixel, int[] bits, int to) {
    int words = PackedLayout.words(source.channels);
    MemorySegment floats = source.floats;
    boolean numbers = true;
    for (int word = 0; word < words; word++) {
      int end = Math.min(source.channels, (word + 1) * Integer.SIZE);
      for (int pixel = firstPixel; pixel < endPixel; pixel++) {
        int packed = 0;
        for (int channel = word * Integer.SIZE; channel < end; channel++) {
          long at = source.offset + 4L * ((long) channel * source.pixels + pixel);
          float value =
              floats.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at) * source.factors[channel]
                  + source.summands[channel];
          packed |= (value < 0 ? 1 : 0) << channel;
          numbers &= !Float.isNaN(value);
        }
        bits[to + pixel * words + word] = packed;
      }
    }
    return numbers;
  }
}
