// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static dev.quench.xnor.kernel.VectorKernel.FLOATS;
import static dev.quench.xnor.kernel.VectorKernel.LENGTH;
import static dev.quench.xnor.kernel.VectorKernel.SPECIES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Packs the signs of floats with vectors.
final class VectorPacking {
  private VectorPacking() {}

  /// See [Kernel#packNhwc]. Pixels are padded to whole words; the padding may hold any number,
  /// since a mask removes it.
  static boolean packNhwc(float[] floats, int from, int channels, int pixels, int[] bits, int to) {
    int words = PackedLayout.words(channels);
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

  /// See [Kernel#packNchw]; needs at least as many pixels as a vector has lanes. Lanes are pixels;
  /// each channel sets its bit in the words of the lanes. The last vector overlaps the one before
  /// it.
  static boolean packNchw(NchwSource source, int firstPixel, int endPixel, int[] bits, int to) {
    int words = PackedLayout.words(source.channels);
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

  private static boolean packLanes(NchwSource source, int pixel, int word) {
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
