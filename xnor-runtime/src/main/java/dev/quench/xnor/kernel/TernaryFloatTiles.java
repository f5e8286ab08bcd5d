// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static dev.quench.xnor.kernel.VectorKernel.FLOATS;
import static dev.quench.xnor.kernel.VectorKernel.LENGTH;
import static dev.quench.xnor.kernel.VectorKernel.SPECIES;
import static jdk.incubator.vector.VectorOperators.BIT_COUNT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Weights of −1, 0 and 1 to floats; built as [BinaryBitTiles].
final class TernaryFloatTiles {
  private TernaryFloatTiles() {}

  /// Six pixels times four vectors.
  static void wide6(
      BinaryLayer layer,
      int[] in,
      int inAt,
      float[] floats,
      int outAt,
      int firstPixel,
      int endPixel,
      int panel,
      int lane) {
    Epilogue.Affine epilogue = (Epilogue.Affine) layer.epilogue;
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] mask = weights.mask;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int start = weights.start[panel] + lane;
    int channel = panel * WeightPanels.LANES + lane;
    float[] half = epilogue.halfBase;
    int stride = layer.outWords * Integer.SIZE;
    FloatVector f0 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel);
    FloatVector s0 = FloatVector.fromArray(FLOATS, epilogue.summand, channel);
    FloatVector f1 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel + LENGTH);
    FloatVector s1 = FloatVector.fromArray(FLOATS, epilogue.summand, channel + LENGTH);
    FloatVector f2 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel + 2 * LENGTH);
    FloatVector s2 = FloatVector.fromArray(FLOATS, epilogue.summand, channel + 2 * LENGTH);
    FloatVector f3 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel + 3 * LENGTH);
    FloatVector s3 = FloatVector.fromArray(FLOATS, epilogue.summand, channel + 3 * LENGTH);
    int[] classOf = layer.indirection.classOf;
    int lanes = weights.lanes();
    for (int next = firstPixel; next < endPixel; next += 6) {
      int pixel = Math.min(next, endPixel - 6);
      int at = start;
      int row = pixel * taps;
      IntVector c00 = IntVector.zero(SPECIES);
      IntVector c01 = IntVector.zero(SPECIES);
      IntVector c02 = IntVector.zero(SPECIES);
      IntVector c03 = IntVector.zero(SPECIES);
      IntVector c10 = IntVector.zero(SPECIES);
      IntVector c11 = IntVector.zero(SPECIES);
      IntVector c12 = IntVector.zero(SPECIES);
      IntVector c13 = IntVector.zero(SPECIES);
      IntVector c20 = IntVector.zero(SPECIES);
      IntVector c21 = IntVector.zero(SPECIES);
      IntVector c22 = IntVector.zero(SPECIES);
      IntVector c23 = IntVector.zero(SPECIES);
      IntVector c30 = IntVector.zero(SPECIES);
      IntVector c31 = IntVector.zero(SPECIES);
      IntVector c32 = IntVector.zero(SPECIES);
      IntVector c33 = IntVector.zero(SPECIES);
      IntVector c40 = IntVector.zero(SPECIES);
      IntVector c41 = IntVector.zero(SPECIES);
      IntVector c42 = IntVector.zero(SPECIES);
      IntVector c43 = IntVector.zero(SPECIES);
      IntVector c50 = IntVector.zero(SPECIES);
      IntVector c51 = IntVector.zero(SPECIES);
      IntVector c52 = IntVector.zero(SPECIES);
      IntVector c53 = IntVector.zero(SPECIES);
      for (int tap = 0; tap < taps; tap++) {
        int p0 = from + offsets[row + tap];
        int p1 = from + offsets[row + taps + tap];
        int p2 = from + offsets[row + 2 * taps + tap];
        int p3 = from + offsets[row + 3 * taps + tap];
        int p4 = from + offsets[row + 4 * taps + tap];
        int p5 = from + offsets[row + 5 * taps + tap];
        for (int word = 0; word < words; word++) {
          IntVector w0 = IntVector.fromArray(SPECIES, sign, at);
          IntVector m0 = IntVector.fromArray(SPECIES, mask, at);
          IntVector w1 = IntVector.fromArray(SPECIES, sign, at + LENGTH);
          IntVector m1 = IntVector.fromArray(SPECIES, mask, at + LENGTH);
          IntVector w2 = IntVector.fromArray(SPECIES, sign, at + 2 * LENGTH);
          IntVector m2 = IntVector.fromArray(SPECIES, mask, at + 2 * LENGTH);
          IntVector w3 = IntVector.fromArray(SPECIES, sign, at + 3 * LENGTH);
          IntVector m3 = IntVector.fromArray(SPECIES, mask, at + 3 * LENGTH);
          at += WeightPanels.LANES;
          IntVector x0 = IntVector.broadcast(SPECIES, in[p0 + word]);
          c00 = c00.add(x0.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c01 = c01.add(x0.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          c02 = c02.add(x0.lanewise(XOR, w2).and(m2).lanewise(BIT_COUNT));
          c03 = c03.add(x0.lanewise(XOR, w3).and(m3).lanewise(BIT_COUNT));
          IntVector x1 = IntVector.broadcast(SPECIES, in[p1 + word]);
          c10 = c10.add(x1.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c11 = c11.add(x1.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          c12 = c12.add(x1.lanewise(XOR, w2).and(m2).lanewise(BIT_COUNT));
          c13 = c13.add(x1.lanewise(XOR, w3).and(m3).lanewise(BIT_COUNT));
          IntVector x2 = IntVector.broadcast(SPECIES, in[p2 + word]);
          c20 = c20.add(x2.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c21 = c21.add(x2.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          c22 = c22.add(x2.lanewise(XOR, w2).and(m2).lanewise(BIT_COUNT));
          c23 = c23.add(x2.lanewise(XOR, w3).and(m3).lanewise(BIT_COUNT));
          IntVector x3 = IntVector.broadcast(SPECIES, in[p3 + word]);
          c30 = c30.add(x3.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c31 = c31.add(x3.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          c32 = c32.add(x3.lanewise(XOR, w2).and(m2).lanewise(BIT_COUNT));
          c33 = c33.add(x3.lanewise(XOR, w3).and(m3).lanewise(BIT_COUNT));
          IntVector x4 = IntVector.broadcast(SPECIES, in[p4 + word]);
          c40 = c40.add(x4.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c41 = c41.add(x4.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          c42 = c42.add(x4.lanewise(XOR, w2).and(m2).lanewise(BIT_COUNT));
          c43 = c43.add(x4.lanewise(XOR, w3).and(m3).lanewise(BIT_COUNT));
          IntVector x5 = IntVector.broadcast(SPECIES, in[p5 + word]);
          c50 = c50.add(x5.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c51 = c51.add(x5.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          c52 = c52.add(x5.lanewise(XOR, w2).and(m2).lanewise(BIT_COUNT));
          c53 = c53.add(x5.lanewise(XOR, w3).and(m3).lanewise(BIT_COUNT));
        }
      }
      int t0 = classOf[pixel] * lanes + channel;
      int o0 = outAt + pixel * stride + channel;
      FloatVector.fromArray(FLOATS, half, t0)
          .sub(c00.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o0);
      FloatVector.fromArray(FLOATS, half, t0 + LENGTH)
          .sub(c01.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o0 + LENGTH);
      FloatVector.fromArray(FLOATS, half, t0 + 2 * LENGTH)
          .sub(c02.convertShape(I2F, FLOATS, 0))
          .mul(f2)
          .add(s2)
          .intoArray(floats, o0 + 2 * LENGTH);
      FloatVector.fromArray(FLOATS, half, t0 + 3 * LENGTH)
          .sub(c03.convertShape(I2F, FLOATS, 0))
          .mul(f3)
          .add(s3)
          .intoArray(floats, o0 + 3 * LENGTH);
      int t1 = classOf[pixel + 1] * lanes + channel;
      int o1 = outAt + (pixel + 1) * stride + channel;
      FloatVector.fromArray(FLOATS, half, t1)
          .sub(c10.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o1);
      FloatVector.fromArray(FLOATS, half, t1 + LENGTH)
          .sub(c11.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o1 + LENGTH);
      FloatVector.fromArray(FLOATS, half, t1 + 2 * LENGTH)
          .sub(c12.convertShape(I2F, FLOATS, 0))
          .mul(f2)
          .add(s2)
          .intoArray(floats, o1 + 2 * LENGTH);
      FloatVector.fromArray(FLOATS, half, t1 + 3 * LENGTH)
          .sub(c13.convertShape(I2F, FLOATS, 0))
          .mul(f3)
          .add(s3)
          .intoArray(floats, o1 + 3 * LENGTH);
      int t2 = classOf[pixel + 2] * lanes + channel;
      int o2 = outAt + (pixel + 2) * stride + channel;
      FloatVector.fromArray(FLOATS, half, t2)
          .sub(c20.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o2);
      FloatVector.fromArray(FLOATS, half, t2 + LENGTH)
          .sub(c21.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o2 + LENGTH);
      FloatVector.fromArray(FLOATS, half, t2 + 2 * LENGTH)
          .sub(c22.convertShape(I2F, FLOATS, 0))
          .mul(f2)
          .add(s2)
          .intoArray(floats, o2 + 2 * LENGTH);
      FloatVector.fromArray(FLOATS, half, t2 + 3 * LENGTH)
          .sub(c23.convertShape(I2F, FLOATS, 0))
          .mul(f3)
          .add(s3)
          .intoArray(floats, o2 + 3 * LENGTH);
      int t3 = classOf[pixel + 3] * lanes + channel;
      int o3 = outAt + (pixel + 3) * stride + channel;
      FloatVector.fromArray(FLOATS, half, t3)
          .sub(c30.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o3);
      FloatVector.fromArray(FLOATS, half, t3 + LENGTH)
          .sub(c31.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o3 + LENGTH);
      FloatVector.fromArray(FLOATS, half, t3 + 2 * LENGTH)
          .sub(c32.convertShape(I2F, FLOATS, 0))
          .mul(f2)
          .add(s2)
          .intoArray(floats, o3 + 2 * LENGTH);
      FloatVector.fromArray(FLOATS, half, t3 + 3 * LENGTH)
          .sub(c33.convertShape(I2F, FLOATS, 0))
          .mul(f3)
          .add(s3)
          .intoArray(floats, o3 + 3 * LENGTH);
      int t4 = classOf[pixel + 4] * lanes + channel;
      int o4 = outAt + (pixel + 4) * stride + channel;
      FloatVector.fromArray(FLOATS, half, t4)
          .sub(c40.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o4);
      FloatVector.fromArray(FLOATS, half, t4 + LENGTH)
          .sub(c41.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o4 + LENGTH);
      FloatVector.fromArray(FLOATS, half, t4 + 2 * LENGTH)
          .sub(c42.convertShape(I2F, FLOATS, 0))
          .mul(f2)
          .add(s2)
          .intoArray(floats, o4 + 2 * LENGTH);
      FloatVector.fromArray(FLOATS, half, t4 + 3 * LENGTH)
          .sub(c43.convertShape(I2F, FLOATS, 0))
          .mul(f3)
          .add(s3)
          .intoArray(floats, o4 + 3 * LENGTH);
      int t5 = classOf[pixel + 5] * lanes + channel;
      int o5 = outAt + (pixel + 5) * stride + channel;
      FloatVector.fromArray(FLOATS, half, t5)
          .sub(c50.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o5);
      FloatVector.fromArray(FLOATS, half, t5 + LENGTH)
          .sub(c51.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o5 + LENGTH);
      FloatVector.fromArray(FLOATS, half, t5 + 2 * LENGTH)
          .sub(c52.convertShape(I2F, FLOATS, 0))
          .mul(f2)
          .add(s2)
          .intoArray(floats, o5 + 2 * LENGTH);
      FloatVector.fromArray(FLOATS, half, t5 + 3 * LENGTH)
          .sub(c53.convertShape(I2F, FLOATS, 0))
          .mul(f3)
          .add(s3)
          .intoArray(floats, o5 + 3 * LENGTH);
    }
  }

  /// One pixel times four vectors.
  static void wide1(
      BinaryLayer layer,
      int[] in,
      int inAt,
      float[] floats,
      int outAt,
      int firstPixel,
      int endPixel,
      int panel,
      int lane) {
    Epilogue.Affine epilogue = (Epilogue.Affine) layer.epilogue;
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] mask = weights.mask;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int start = weights.start[panel] + lane;
    int channel = panel * WeightPanels.LANES + lane;
    float[] half = epilogue.halfBase;
    int stride = layer.outWords * Integer.SIZE;
    FloatVector f0 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel);
    FloatVector s0 = FloatVector.fromArray(FLOATS, epilogue.summand, channel);
    FloatVector f1 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel + LENGTH);
    FloatVector s1 = FloatVector.fromArray(FLOATS, epilogue.summand, channel + LENGTH);
    FloatVector f2 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel + 2 * LENGTH);
    FloatVector s2 = FloatVector.fromArray(FLOATS, epilogue.summand, channel + 2 * LENGTH);
    FloatVector f3 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel + 3 * LENGTH);
    FloatVector s3 = FloatVector.fromArray(FLOATS, epilogue.summand, channel + 3 * LENGTH);
    int[] classOf = layer.indirection.classOf;
    int lanes = weights.lanes();
    for (int next = firstPixel; next < endPixel; next += 1) {
      int pixel = next;
      int at = start;
      int row = pixel * taps;
      IntVector c00 = IntVector.zero(SPECIES);
      IntVector c01 = IntVector.zero(SPECIES);
      IntVector c02 = IntVector.zero(SPECIES);
      IntVector c03 = IntVector.zero(SPECIES);
      for (int tap = 0; tap < taps; tap++) {
        int p0 = from + offsets[row + tap];
        for (int word = 0; word < words; word++) {
          IntVector w0 = IntVector.fromArray(SPECIES, sign, at);
          IntVector m0 = IntVector.fromArray(SPECIES, mask, at);
          IntVector w1 = IntVector.fromArray(SPECIES, sign, at + LENGTH);
          IntVector m1 = IntVector.fromArray(SPECIES, mask, at + LENGTH);
          IntVector w2 = IntVector.fromArray(SPECIES, sign, at + 2 * LENGTH);
          IntVector m2 = IntVector.fromArray(SPECIES, mask, at + 2 * LENGTH);
          IntVector w3 = IntVector.fromArray(SPECIES, sign, at + 3 * LENGTH);
          IntVector m3 = IntVector.fromArray(SPECIES, mask, at + 3 * LENGTH);
          at += WeightPanels.LANES;
          IntVector x0 = IntVector.broadcast(SPECIES, in[p0 + word]);
          c00 = c00.add(x0.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c01 = c01.add(x0.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          c02 = c02.add(x0.lanewise(XOR, w2).and(m2).lanewise(BIT_COUNT));
          c03 = c03.add(x0.lanewise(XOR, w3).and(m3).lanewise(BIT_COUNT));
        }
      }
      int t0 = classOf[pixel] * lanes + channel;
      int o0 = outAt + pixel * stride + channel;
      FloatVector.fromArray(FLOATS, half, t0)
          .sub(c00.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o0);
      FloatVector.fromArray(FLOATS, half, t0 + LENGTH)
          .sub(c01.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o0 + LENGTH);
      FloatVector.fromArray(FLOATS, half, t0 + 2 * LENGTH)
          .sub(c02.convertShape(I2F, FLOATS, 0))
          .mul(f2)
          .add(s2)
          .intoArray(floats, o0 + 2 * LENGTH);
      FloatVector.fromArray(FLOATS, half, t0 + 3 * LENGTH)
          .sub(c03.convertShape(I2F, FLOATS, 0))
          .mul(f3)
          .add(s3)
          .intoArray(floats, o0 + 3 * LENGTH);
    }
  }

  /// Six pixels times two vectors.
  static void narrow6(
      BinaryLayer layer,
      int[] in,
      int inAt,
      float[] floats,
      int outAt,
      int firstPixel,
      int endPixel,
      int panel,
      int lane) {
    Epilogue.Affine epilogue = (Epilogue.Affine) layer.epilogue;
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] mask = weights.mask;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int start = weights.start[panel] + lane;
    int channel = panel * WeightPanels.LANES + lane;
    float[] half = epilogue.halfBase;
    int stride = layer.outWords * Integer.SIZE;
    FloatVector f0 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel);
    FloatVector s0 = FloatVector.fromArray(FLOATS, epilogue.summand, channel);
    FloatVector f1 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel + LENGTH);
    FloatVector s1 = FloatVector.fromArray(FLOATS, epilogue.summand, channel + LENGTH);
    int[] classOf = layer.indirection.classOf;
    int lanes = weights.lanes();
    for (int next = firstPixel; next < endPixel; next += 6) {
      int pixel = Math.min(next, endPixel - 6);
      int at = start;
      int row = pixel * taps;
      IntVector c00 = IntVector.zero(SPECIES);
      IntVector c01 = IntVector.zero(SPECIES);
      IntVector c10 = IntVector.zero(SPECIES);
      IntVector c11 = IntVector.zero(SPECIES);
      IntVector c20 = IntVector.zero(SPECIES);
      IntVector c21 = IntVector.zero(SPECIES);
      IntVector c30 = IntVector.zero(SPECIES);
      IntVector c31 = IntVector.zero(SPECIES);
      IntVector c40 = IntVector.zero(SPECIES);
      IntVector c41 = IntVector.zero(SPECIES);
      IntVector c50 = IntVector.zero(SPECIES);
      IntVector c51 = IntVector.zero(SPECIES);
      for (int tap = 0; tap < taps; tap++) {
        int p0 = from + offsets[row + tap];
        int p1 = from + offsets[row + taps + tap];
        int p2 = from + offsets[row + 2 * taps + tap];
        int p3 = from + offsets[row + 3 * taps + tap];
        int p4 = from + offsets[row + 4 * taps + tap];
        int p5 = from + offsets[row + 5 * taps + tap];
        for (int word = 0; word < words; word++) {
          IntVector w0 = IntVector.fromArray(SPECIES, sign, at);
          IntVector m0 = IntVector.fromArray(SPECIES, mask, at);
          IntVector w1 = IntVector.fromArray(SPECIES, sign, at + LENGTH);
          IntVector m1 = IntVector.fromArray(SPECIES, mask, at + LENGTH);
          at += WeightPanels.LANES;
          IntVector x0 = IntVector.broadcast(SPECIES, in[p0 + word]);
          c00 = c00.add(x0.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c01 = c01.add(x0.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          IntVector x1 = IntVector.broadcast(SPECIES, in[p1 + word]);
          c10 = c10.add(x1.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c11 = c11.add(x1.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          IntVector x2 = IntVector.broadcast(SPECIES, in[p2 + word]);
          c20 = c20.add(x2.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c21 = c21.add(x2.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          IntVector x3 = IntVector.broadcast(SPECIES, in[p3 + word]);
          c30 = c30.add(x3.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c31 = c31.add(x3.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          IntVector x4 = IntVector.broadcast(SPECIES, in[p4 + word]);
          c40 = c40.add(x4.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c41 = c41.add(x4.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
          IntVector x5 = IntVector.broadcast(SPECIES, in[p5 + word]);
          c50 = c50.add(x5.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c51 = c51.add(x5.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
        }
      }
      int t0 = classOf[pixel] * lanes + channel;
      int o0 = outAt + pixel * stride + channel;
      FloatVector.fromArray(FLOATS, half, t0)
          .sub(c00.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o0);
      FloatVector.fromArray(FLOATS, half, t0 + LENGTH)
          .sub(c01.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o0 + LENGTH);
      int t1 = classOf[pixel + 1] * lanes + channel;
      int o1 = outAt + (pixel + 1) * stride + channel;
      FloatVector.fromArray(FLOATS, half, t1)
          .sub(c10.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o1);
      FloatVector.fromArray(FLOATS, half, t1 + LENGTH)
          .sub(c11.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o1 + LENGTH);
      int t2 = classOf[pixel + 2] * lanes + channel;
      int o2 = outAt + (pixel + 2) * stride + channel;
      FloatVector.fromArray(FLOATS, half, t2)
          .sub(c20.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o2);
      FloatVector.fromArray(FLOATS, half, t2 + LENGTH)
          .sub(c21.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o2 + LENGTH);
      int t3 = classOf[pixel + 3] * lanes + channel;
      int o3 = outAt + (pixel + 3) * stride + channel;
      FloatVector.fromArray(FLOATS, half, t3)
          .sub(c30.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o3);
      FloatVector.fromArray(FLOATS, half, t3 + LENGTH)
          .sub(c31.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o3 + LENGTH);
      int t4 = classOf[pixel + 4] * lanes + channel;
      int o4 = outAt + (pixel + 4) * stride + channel;
      FloatVector.fromArray(FLOATS, half, t4)
          .sub(c40.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o4);
      FloatVector.fromArray(FLOATS, half, t4 + LENGTH)
          .sub(c41.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o4 + LENGTH);
      int t5 = classOf[pixel + 5] * lanes + channel;
      int o5 = outAt + (pixel + 5) * stride + channel;
      FloatVector.fromArray(FLOATS, half, t5)
          .sub(c50.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o5);
      FloatVector.fromArray(FLOATS, half, t5 + LENGTH)
          .sub(c51.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o5 + LENGTH);
    }
  }

  /// One pixel times two vectors.
  static void narrow1(
      BinaryLayer layer,
      int[] in,
      int inAt,
      float[] floats,
      int outAt,
      int firstPixel,
      int endPixel,
      int panel,
      int lane) {
    Epilogue.Affine epilogue = (Epilogue.Affine) layer.epilogue;
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] mask = weights.mask;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int start = weights.start[panel] + lane;
    int channel = panel * WeightPanels.LANES + lane;
    float[] half = epilogue.halfBase;
    int stride = layer.outWords * Integer.SIZE;
    FloatVector f0 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel);
    FloatVector s0 = FloatVector.fromArray(FLOATS, epilogue.summand, channel);
    FloatVector f1 = FloatVector.fromArray(FLOATS, epilogue.twiceFactor, channel + LENGTH);
    FloatVector s1 = FloatVector.fromArray(FLOATS, epilogue.summand, channel + LENGTH);
    int[] classOf = layer.indirection.classOf;
    int lanes = weights.lanes();
    for (int next = firstPixel; next < endPixel; next += 1) {
      int pixel = next;
      int at = start;
      int row = pixel * taps;
      IntVector c00 = IntVector.zero(SPECIES);
      IntVector c01 = IntVector.zero(SPECIES);
      for (int tap = 0; tap < taps; tap++) {
        int p0 = from + offsets[row + tap];
        for (int word = 0; word < words; word++) {
          IntVector w0 = IntVector.fromArray(SPECIES, sign, at);
          IntVector m0 = IntVector.fromArray(SPECIES, mask, at);
          IntVector w1 = IntVector.fromArray(SPECIES, sign, at + LENGTH);
          IntVector m1 = IntVector.fromArray(SPECIES, mask, at + LENGTH);
          at += WeightPanels.LANES;
          IntVector x0 = IntVector.broadcast(SPECIES, in[p0 + word]);
          c00 = c00.add(x0.lanewise(XOR, w0).and(m0).lanewise(BIT_COUNT));
          c01 = c01.add(x0.lanewise(XOR, w1).and(m1).lanewise(BIT_COUNT));
        }
      }
      int t0 = classOf[pixel] * lanes + channel;
      int o0 = outAt + pixel * stride + channel;
      FloatVector.fromArray(FLOATS, half, t0)
          .sub(c00.convertShape(I2F, FLOATS, 0))
          .mul(f0)
          .add(s0)
          .intoArray(floats, o0);
      FloatVector.fromArray(FLOATS, half, t0 + LENGTH)
          .sub(c01.convertShape(I2F, FLOATS, 0))
          .mul(f1)
          .add(s1)
          .intoArray(floats, o0 + LENGTH);
    }
  }
}
