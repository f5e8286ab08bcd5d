// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The kernel on vectors of 8 or 16 lanes of `int`. Reached by reflection alone, from [Kernels], so
/// that nothing links to the Vector API where its module is missing.
final class VectorKernel implements Kernel {
  static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final int LENGTH = SPECIES.length();

  /// Pixels whose results of all panels are written while their lines are in the cache.
  private static final int BLOCK = 16 * TILE;

  private final Kernel plain = new ScalarKernel();

  VectorKernel() {
    if (LENGTH != 8 && LENGTH != 16) {
      throw new IllegalStateException(
          "vectors of %d bits, expected 256 or 512".formatted(LENGTH * Integer.SIZE));
    }
  }

  @Override
  public String description() {
    return "Vector API, %d bits".formatted(LENGTH * Integer.SIZE);
  }

  @Override
  public void compute(
      BinaryLayer layer,
      int[] in,
      int inAt,
      int[] bits,
      float[] floats,
      int outAt,
      int firstPixel,
      int endPixel,
      int firstPanel,
      int endPanel) {
    int pixel = firstPixel;
    while (pixel < endPixel) {
      // What is left over for the last block is never less than a tile.
      int end = endPixel - pixel < BLOCK + TILE ? endPixel : pixel + BLOCK;
      for (int panel = firstPanel; panel < endPanel; panel++) {
        computePanel(layer, in, inAt, bits, floats, outAt, pixel, end, panel);
      }
      pixel = end;
    }
  }

  private static void computePanel(
      BinaryLayer layer,
      int[] in,
      int inAt,
      int[] bits,
      float[] floats,
      int outAt,
      int firstPixel,
      int endPixel,
      int panel) {
    int lanes = layer.wordsOf(panel) * Integer.SIZE;
    boolean ternary = layer.weights.isTernary();
    boolean givesBits = layer.givesBits();
    for (int lane = 0; lane < lanes; lane += 4 * LENGTH) {
      boolean wide = lanes - lane >= 4 * LENGTH;
      if (ternary && givesBits) {
        TernaryBitTiles.compute(
            layer, wide, in, inAt, bits, outAt, firstPixel, endPixel, panel, lane);
      } else if (ternary) {
        TernaryFloatTiles.compute(
            layer, wide, in, inAt, floats, outAt, firstPixel, endPixel, panel, lane);
      } else if (givesBits) {
        BinaryBitTiles.compute(
            layer, wide, in, inAt, bits, outAt, firstPixel, endPixel, panel, lane);
      } else {
        BinaryFloatTiles.compute(
            layer, wide, in, inAt, floats, outAt, firstPixel, endPixel, panel, lane);
      }
    }
  }

  @Override
  public void combine(
      ChannelFunction.Operator operator,
      float[] left,
      int leftAt,
      float[] right,
      int rightAt,
      float[] out,
      int outAt,
      int length) {
    switch (operator) {
      case MULTIPLY -> VectorRows.multiply(left, leftAt, right, rightAt, out, outAt, length);
      case ADD -> VectorRows.add(left, leftAt, right, rightAt, out, outAt, length);
      case MAXIMUM -> VectorRows.maximum(left, leftAt, right, rightAt, out, outAt, length);
      case MINIMUM -> VectorRows.minimum(left, leftAt, right, rightAt, out, outAt, length);
      case LEAK -> VectorRows.leak(left, leftAt, right, rightAt, out, outAt, length);
    }
  }

  /// Rows are padded to whole words, and what stands in the pad may be anything: it is masked out.
  @Override
  public boolean pack(float[] floats, int from, int channels, int pixels, int[] bits, int to) {
    int words = Bits.words(channels);
    int last = channels % Integer.SIZE == 0 ? -1 : (1 << channels) - 1;
    FloatVector zero = FloatVector.zero(FLOATS);
    VectorMask<Float> nan = FLOATS.maskAll(false);
    int at = from;
    for (int pixel = 0; pixel < pixels; pixel++) {
      for (int word = 0; word < words; word++) {
        int packed = 0;
        for (int bit = 0; bit < Integer.SIZE; bit += LENGTH) {
          FloatVector values = FloatVector.fromArray(FLOATS, floats, at + bit);
          packed |= (int) values.compare(VectorOperators.LT, zero).toLong() << bit;
          nan = nan.or(values.compare(VectorOperators.NE, values));
        }
        bits[to++] = word == words - 1 ? packed & last : packed;
        at += Integer.SIZE;
      }
    }
    return !nan.anyTrue();
  }

  /// Lanes are pixels; each channel sets its bit in the words of the lanes. The last vector
  /// overlaps the one before it.
  @Override
  public boolean packPlanes(PlanarSource source, int firstPixel, int endPixel, int[] bits, int to) {
    if (endPixel - firstPixel < LENGTH) {
      return plain.packPlanes(source, firstPixel, endPixel, bits, to);
    }
    int words = Bits.words(source.channels);
    boolean numbers = true;
    for (int word = 0; word < words; word++) {
      for (int next = firstPixel; next < endPixel; next += LENGTH) {
        int pixel = Math.min(next, endPixel - LENGTH);
        numbers &= packLanes(source, pixel, word);
        int[] lanes = source.lanes;
        int at = to + pixel * words + word;
        for (int lane = 0; lane < LENGTH; lane++) {
          bits[at + lane * words] = lanes[lane];
        }
      }
    }
    return numbers;
  }

  private static boolean packLanes(PlanarSource source, int pixel, int word) {
    int firstChannel = word * Integer.SIZE;
    int endChannel = Math.min(source.channels, firstChannel + Integer.SIZE);
    MemorySegment floats = source.floats;
    long stride = 4L * source.pixels;
    long at = source.offset + firstChannel * stride + 4L * pixel;
    FloatVector zero = FloatVector.zero(FLOATS);
    IntVector packed = IntVector.zero(SPECIES);
    VectorMask<Float> nan = FLOATS.maskAll(false);
    for (int channel = firstChannel; channel < endChannel; channel++) {
      FloatVector values =
          FloatVector.fromMemorySegment(FLOATS, floats, at, ByteOrder.nativeOrder())
              .mul(source.factors[channel])
              .add(source.summands[channel]);
      VectorMask<Float> negative = values.compare(VectorOperators.LT, zero);
      packed = packed.lanewise(VectorOperators.OR, 1 << channel, negative.cast(SPECIES));
      nan = nan.or(values.compare(VectorOperators.NE, values));
      at += stride;
    }
    packed.intoArray(source.lanes, 0);
    return !nan.anyTrue();
  }
}
