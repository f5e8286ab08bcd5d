// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.internal;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Turns the counts of one pixel into bits or floats. Small enough to be inlined into the tiles, so
/// that no vector ever becomes an object.
final class VectorEpilogue {
  static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final int LENGTH = SPECIES.length();

  private VectorEpilogue() {}

  /// The bits of four vectors, 64 lanes or (by eight lanes a vector) 32.
  static void bits(
      BinaryLayer layer,
      Epilogue.Threshold epilogue,
      int pixel,
      int panel,
      int lane,
      int[] bits,
      int outAt,
      IntVector c0,
      IntVector c1,
      IntVector c2,
      IntVector c3) {
    int[] threshold = epilogue.threshold;
    int at =
        layer.indirection.classOf[pixel] * layer.weights.lanes()
            + panel * WeightPanels.LANES
            + lane;
    long set =
        above(c0, threshold, at)
            | above(c1, threshold, at + LENGTH) << LENGTH
            | above(c2, threshold, at + 2 * LENGTH) << (2 * LENGTH)
            | above(c3, threshold, at + 3 * LENGTH) << (3 * LENGTH);
    set ^= epilogue.flip[panel] >>> lane;
    int to = outAt + pixel * layer.bitStride + 2 * panel + lane / Integer.SIZE;
    bits[to] = (int) set;
    if (LENGTH == 16) {
      bits[to + 1] = (int) (set >>> Integer.SIZE);
    }
  }

  /// The bits of two vectors of 16 lanes.
  static void bits(
      BinaryLayer layer,
      Epilogue.Threshold epilogue,
      int pixel,
      int panel,
      int lane,
      int[] bits,
      int outAt,
      IntVector c0,
      IntVector c1) {
    int[] threshold = epilogue.threshold;
    int at =
        layer.indirection.classOf[pixel] * layer.weights.lanes()
            + panel * WeightPanels.LANES
            + lane;
    long set = above(c0, threshold, at) | above(c1, threshold, at + LENGTH) << LENGTH;
    set ^= epilogue.flip[panel] >>> lane;
    bits[outAt + pixel * layer.bitStride + 2 * panel + lane / Integer.SIZE] = (int) set;
  }

  private static long above(IntVector counts, int[] threshold, int at) {
    return counts.compare(VectorOperators.GT, IntVector.fromArray(SPECIES, threshold, at)).toLong();
  }

  /// The floats of four vectors.
  static void floats(
      BinaryLayer layer,
      Epilogue.Affine epilogue,
      int pixel,
      int panel,
      int lane,
      float[] floats,
      int outAt,
      IntVector c0,
      IntVector c1,
      IntVector c2,
      IntVector c3) {
    int channel = panel * WeightPanels.LANES + lane;
    int at = layer.indirection.classOf[pixel] * layer.weights.lanes() + channel;
    int to = outAt + pixel * layer.outWords * Integer.SIZE + channel;
    store(c0, epilogue, at, channel, floats, to);
    store(c1, epilogue, at + LENGTH, channel + LENGTH, floats, to + LENGTH);
    store(c2, epilogue, at + 2 * LENGTH, channel + 2 * LENGTH, floats, to + 2 * LENGTH);
    store(c3, epilogue, at + 3 * LENGTH, channel + 3 * LENGTH, floats, to + 3 * LENGTH);
  }

  /// The floats of two vectors.
  static void floats(
      BinaryLayer layer,
      Epilogue.Affine epilogue,
      int pixel,
      int panel,
      int lane,
      float[] floats,
      int outAt,
      IntVector c0,
      IntVector c1) {
    int channel = panel * WeightPanels.LANES + lane;
    int at = layer.indirection.classOf[pixel] * layer.weights.lanes() + channel;
    int to = outAt + pixel * layer.outWords * Integer.SIZE + channel;
    store(c0, epilogue, at, channel, floats, to);
    store(c1, epilogue, at + LENGTH, channel + LENGTH, floats, to + LENGTH);
  }

  /// No fused multiply-add: the product is rounded, as in the graph.
  private static void store(
      IntVector counts, Epilogue.Affine epilogue, int at, int channel, float[] floats, int to) {
    IntVector sums =
        IntVector.fromArray(SPECIES, epilogue.base, at)
            .sub(counts.lanewise(VectorOperators.LSHL, 1));
    ((FloatVector) sums.convertShape(VectorOperators.I2F, FLOATS, 0))
        .mul(FloatVector.fromArray(FLOATS, epilogue.factor, channel))
        .add(FloatVector.fromArray(FLOATS, epilogue.summand, channel))
        .intoArray(floats, to);
  }
}
