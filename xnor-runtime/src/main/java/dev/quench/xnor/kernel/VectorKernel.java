// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// The kernel on vectors of 8 or 16 lanes of `int`. [Kernels] loads it by reflection only, so that
/// nothing links to the Vector API when its module is missing.
final class VectorKernel implements Kernel {
  static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final int LENGTH = SPECIES.length();

  /// Pixels per block: results of all panels are written while their cache lines are loaded.
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
    int pixel = firstPixel;
    while (pixel < endPixel) {
      // The last block never has less than a tile.
      int end = endPixel - pixel < BLOCK + TILE ? endPixel : pixel + BLOCK;
      for (int panel = firstPanel; panel < endPanel; panel++) {
        computePanel(layer, in, inAt, bits, floats, outAt, pixel, end, panel);
      }
      pixel = end;
    }
  }

  private static void computePanel(
      BinaryConvolution layer,
      int[] in,
      int inAt,
      int[] bits,
      float[] floats,
      int outAt,
      int firstPixel,
      int endPixel,
      int panel) {
    int lanes = layer.wordsOf(panel) * Integer.SIZE;
    boolean ternary = layer.weights.isMasked();
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
      case MULTIPLY -> VectorElementwise.multiply(left, leftAt, right, rightAt, out, outAt, length);
      case ADD -> VectorElementwise.add(left, leftAt, right, rightAt, out, outAt, length);
      case MAXIMUM -> VectorElementwise.maximum(left, leftAt, right, rightAt, out, outAt, length);
      case MINIMUM -> VectorElementwise.minimum(left, leftAt, right, rightAt, out, outAt, length);
      case LEAKY_RELU ->
          VectorElementwise.leakyRelu(left, leftAt, right, rightAt, out, outAt, length);
    }
  }

  @Override
  public boolean packNhwc(float[] floats, int from, int channels, int pixels, int[] bits, int to) {
    return VectorPacking.packNhwc(floats, from, channels, pixels, bits, to);
  }

  /// Packs fewer pixels than a vector has lanes in plain Java.
  @Override
  public boolean packNchw(NchwSource source, int firstPixel, int endPixel, int[] bits, int to) {
    return endPixel - firstPixel < LENGTH
        ? plain.packNchw(source, firstPixel, endPixel, bits, to)
        : VectorPacking.packNchw(source, firstPixel, endPixel, bits, to);
  }
}
