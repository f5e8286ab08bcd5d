// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static dev.quench.xnor.kernel.VectorKernel.LENGTH;
import static dev.quench.xnor.kernel.VectorKernel.SPECIES;
import static jdk.incubator.vector.VectorOperators.BIT_COUNT;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.IntVector;

/// Weights of ±1 to bits: sums of a tile of pixels and output channels, compared with thresholds.
///
/// Lanes are output channels; a word of activations is broadcast and meets two or four vectors of
/// weights. Six pixels by four vectors keep 24 sums in registers, enough to hide the latency of the
/// count, and load ten operands for 24 products. Sums are named locals because C2 keeps only those
/// in registers, nothing that takes a vector is a method of ours, as what C2 does not inline would
/// make objects of them, and methods are kept short enough for C1, through which C2 is reached.
///
/// For the same reason tiles of ±1 and ternary weights, to bits and to floats, repeat each other in
/// classes of their own: with sums that go through memory to an epilogue that all share, layers of
/// few words take a tenth longer.
final class BinaryBitTiles {
  private BinaryBitTiles() {}

  /// Six pixels times four vectors.
  static void wide6(
      BinaryLayer layer,
      int[] in,
      int inAt,
      int[] bits,
      int outAt,
      int firstPixel,
      int endPixel,
      int panel,
      int lane) {
    Epilogue.Threshold epilogue = (Epilogue.Threshold) layer.epilogue;
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int start = weights.start[panel] + lane;
    int channel = panel * WeightPanels.LANES + lane;
    int[] threshold = epilogue.threshold;
    long flip = epilogue.flip[panel] >>> lane;
    int stride = layer.bitStride;
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
          IntVector w1 = IntVector.fromArray(SPECIES, sign, at + LENGTH);
          IntVector w2 = IntVector.fromArray(SPECIES, sign, at + 2 * LENGTH);
          IntVector w3 = IntVector.fromArray(SPECIES, sign, at + 3 * LENGTH);
          at += WeightPanels.LANES;
          IntVector x0 = IntVector.broadcast(SPECIES, in[p0 + word]);
          c00 = c00.add(x0.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c01 = c01.add(x0.lanewise(XOR, w1).lanewise(BIT_COUNT));
          c02 = c02.add(x0.lanewise(XOR, w2).lanewise(BIT_COUNT));
          c03 = c03.add(x0.lanewise(XOR, w3).lanewise(BIT_COUNT));
          IntVector x1 = IntVector.broadcast(SPECIES, in[p1 + word]);
          c10 = c10.add(x1.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c11 = c11.add(x1.lanewise(XOR, w1).lanewise(BIT_COUNT));
          c12 = c12.add(x1.lanewise(XOR, w2).lanewise(BIT_COUNT));
          c13 = c13.add(x1.lanewise(XOR, w3).lanewise(BIT_COUNT));
          IntVector x2 = IntVector.broadcast(SPECIES, in[p2 + word]);
          c20 = c20.add(x2.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c21 = c21.add(x2.lanewise(XOR, w1).lanewise(BIT_COUNT));
          c22 = c22.add(x2.lanewise(XOR, w2).lanewise(BIT_COUNT));
          c23 = c23.add(x2.lanewise(XOR, w3).lanewise(BIT_COUNT));
          IntVector x3 = IntVector.broadcast(SPECIES, in[p3 + word]);
          c30 = c30.add(x3.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c31 = c31.add(x3.lanewise(XOR, w1).lanewise(BIT_COUNT));
          c32 = c32.add(x3.lanewise(XOR, w2).lanewise(BIT_COUNT));
          c33 = c33.add(x3.lanewise(XOR, w3).lanewise(BIT_COUNT));
          IntVector x4 = IntVector.broadcast(SPECIES, in[p4 + word]);
          c40 = c40.add(x4.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c41 = c41.add(x4.lanewise(XOR, w1).lanewise(BIT_COUNT));
          c42 = c42.add(x4.lanewise(XOR, w2).lanewise(BIT_COUNT));
          c43 = c43.add(x4.lanewise(XOR, w3).lanewise(BIT_COUNT));
          IntVector x5 = IntVector.broadcast(SPECIES, in[p5 + word]);
          c50 = c50.add(x5.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c51 = c51.add(x5.lanewise(XOR, w1).lanewise(BIT_COUNT));
          c52 = c52.add(x5.lanewise(XOR, w2).lanewise(BIT_COUNT));
          c53 = c53.add(x5.lanewise(XOR, w3).lanewise(BIT_COUNT));
        }
      }
      int t0 = classOf[pixel] * lanes + channel;
      long b0 =
          (c00.compare(GT, IntVector.fromArray(SPECIES, threshold, t0)).toLong()
                  | c01.compare(GT, IntVector.fromArray(SPECIES, threshold, t0 + LENGTH)).toLong()
                      << LENGTH
                  | c02.compare(GT, IntVector.fromArray(SPECIES, threshold, t0 + 2 * LENGTH))
                          .toLong()
                      << (2 * LENGTH)
                  | c03.compare(GT, IntVector.fromArray(SPECIES, threshold, t0 + 3 * LENGTH))
                          .toLong()
                      << (3 * LENGTH))
              ^ flip;
      int o0 = outAt + pixel * stride + channel / Integer.SIZE;
      bits[o0] = (int) b0;
      if (LENGTH == 16) {
        bits[o0 + 1] = (int) (b0 >>> Integer.SIZE);
      }
      int t1 = classOf[pixel + 1] * lanes + channel;
      long b1 =
          (c10.compare(GT, IntVector.fromArray(SPECIES, threshold, t1)).toLong()
                  | c11.compare(GT, IntVector.fromArray(SPECIES, threshold, t1 + LENGTH)).toLong()
                      << LENGTH
                  | c12.compare(GT, IntVector.fromArray(SPECIES, threshold, t1 + 2 * LENGTH))
                          .toLong()
                      << (2 * LENGTH)
                  | c13.compare(GT, IntVector.fromArray(SPECIES, threshold, t1 + 3 * LENGTH))
                          .toLong()
                      << (3 * LENGTH))
              ^ flip;
      int o1 = outAt + (pixel + 1) * stride + channel / Integer.SIZE;
      bits[o1] = (int) b1;
      if (LENGTH == 16) {
        bits[o1 + 1] = (int) (b1 >>> Integer.SIZE);
      }
      int t2 = classOf[pixel + 2] * lanes + channel;
      long b2 =
          (c20.compare(GT, IntVector.fromArray(SPECIES, threshold, t2)).toLong()
                  | c21.compare(GT, IntVector.fromArray(SPECIES, threshold, t2 + LENGTH)).toLong()
                      << LENGTH
                  | c22.compare(GT, IntVector.fromArray(SPECIES, threshold, t2 + 2 * LENGTH))
                          .toLong()
                      << (2 * LENGTH)
                  | c23.compare(GT, IntVector.fromArray(SPECIES, threshold, t2 + 3 * LENGTH))
                          .toLong()
                      << (3 * LENGTH))
              ^ flip;
      int o2 = outAt + (pixel + 2) * stride + channel / Integer.SIZE;
      bits[o2] = (int) b2;
      if (LENGTH == 16) {
        bits[o2 + 1] = (int) (b2 >>> Integer.SIZE);
      }
      int t3 = classOf[pixel + 3] * lanes + channel;
      long b3 =
          (c30.compare(GT, IntVector.fromArray(SPECIES, threshold, t3)).toLong()
                  | c31.compare(GT, IntVector.fromArray(SPECIES, threshold, t3 + LENGTH)).toLong()
                      << LENGTH
                  | c32.compare(GT, IntVector.fromArray(SPECIES, threshold, t3 + 2 * LENGTH))
                          .toLong()
                      << (2 * LENGTH)
                  | c33.compare(GT, IntVector.fromArray(SPECIES, threshold, t3 + 3 * LENGTH))
                          .toLong()
                      << (3 * LENGTH))
              ^ flip;
      int o3 = outAt + (pixel + 3) * stride + channel / Integer.SIZE;
      bits[o3] = (int) b3;
      if (LENGTH == 16) {
        bits[o3 + 1] = (int) (b3 >>> Integer.SIZE);
      }
      int t4 = classOf[pixel + 4] * lanes + channel;
      long b4 =
          (c40.compare(GT, IntVector.fromArray(SPECIES, threshold, t4)).toLong()
                  | c41.compare(GT, IntVector.fromArray(SPECIES, threshold, t4 + LENGTH)).toLong()
                      << LENGTH
                  | c42.compare(GT, IntVector.fromArray(SPECIES, threshold, t4 + 2 * LENGTH))
                          .toLong()
                      << (2 * LENGTH)
                  | c43.compare(GT, IntVector.fromArray(SPECIES, threshold, t4 + 3 * LENGTH))
                          .toLong()
                      << (3 * LENGTH))
              ^ flip;
      int o4 = outAt + (pixel + 4) * stride + channel / Integer.SIZE;
      bits[o4] = (int) b4;
      if (LENGTH == 16) {
        bits[o4 + 1] = (int) (b4 >>> Integer.SIZE);
      }
      int t5 = classOf[pixel + 5] * lanes + channel;
      long b5 =
          (c50.compare(GT, IntVector.fromArray(SPECIES, threshold, t5)).toLong()
                  | c51.compare(GT, IntVector.fromArray(SPECIES, threshold, t5 + LENGTH)).toLong()
                      << LENGTH
                  | c52.compare(GT, IntVector.fromArray(SPECIES, threshold, t5 + 2 * LENGTH))
                          .toLong()
                      << (2 * LENGTH)
                  | c53.compare(GT, IntVector.fromArray(SPECIES, threshold, t5 + 3 * LENGTH))
                          .toLong()
                      << (3 * LENGTH))
              ^ flip;
      int o5 = outAt + (pixel + 5) * stride + channel / Integer.SIZE;
      bits[o5] = (int) b5;
      if (LENGTH == 16) {
        bits[o5 + 1] = (int) (b5 >>> Integer.SIZE);
      }
    }
  }

  /// One pixel times four vectors.
  static void wide1(
      BinaryLayer layer,
      int[] in,
      int inAt,
      int[] bits,
      int outAt,
      int firstPixel,
      int endPixel,
      int panel,
      int lane) {
    Epilogue.Threshold epilogue = (Epilogue.Threshold) layer.epilogue;
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int start = weights.start[panel] + lane;
    int channel = panel * WeightPanels.LANES + lane;
    int[] threshold = epilogue.threshold;
    long flip = epilogue.flip[panel] >>> lane;
    int stride = layer.bitStride;
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
          IntVector w1 = IntVector.fromArray(SPECIES, sign, at + LENGTH);
          IntVector w2 = IntVector.fromArray(SPECIES, sign, at + 2 * LENGTH);
          IntVector w3 = IntVector.fromArray(SPECIES, sign, at + 3 * LENGTH);
          at += WeightPanels.LANES;
          IntVector x0 = IntVector.broadcast(SPECIES, in[p0 + word]);
          c00 = c00.add(x0.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c01 = c01.add(x0.lanewise(XOR, w1).lanewise(BIT_COUNT));
          c02 = c02.add(x0.lanewise(XOR, w2).lanewise(BIT_COUNT));
          c03 = c03.add(x0.lanewise(XOR, w3).lanewise(BIT_COUNT));
        }
      }
      int t0 = classOf[pixel] * lanes + channel;
      long b0 =
          (c00.compare(GT, IntVector.fromArray(SPECIES, threshold, t0)).toLong()
                  | c01.compare(GT, IntVector.fromArray(SPECIES, threshold, t0 + LENGTH)).toLong()
                      << LENGTH
                  | c02.compare(GT, IntVector.fromArray(SPECIES, threshold, t0 + 2 * LENGTH))
                          .toLong()
                      << (2 * LENGTH)
                  | c03.compare(GT, IntVector.fromArray(SPECIES, threshold, t0 + 3 * LENGTH))
                          .toLong()
                      << (3 * LENGTH))
              ^ flip;
      int o0 = outAt + pixel * stride + channel / Integer.SIZE;
      bits[o0] = (int) b0;
      if (LENGTH == 16) {
        bits[o0 + 1] = (int) (b0 >>> Integer.SIZE);
      }
    }
  }

  /// Six pixels times two vectors.
  static void narrow6(
      BinaryLayer layer,
      int[] in,
      int inAt,
      int[] bits,
      int outAt,
      int firstPixel,
      int endPixel,
      int panel,
      int lane) {
    Epilogue.Threshold epilogue = (Epilogue.Threshold) layer.epilogue;
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int start = weights.start[panel] + lane;
    int channel = panel * WeightPanels.LANES + lane;
    int[] threshold = epilogue.threshold;
    long flip = epilogue.flip[panel] >>> lane;
    int stride = layer.bitStride;
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
          IntVector w1 = IntVector.fromArray(SPECIES, sign, at + LENGTH);
          at += WeightPanels.LANES;
          IntVector x0 = IntVector.broadcast(SPECIES, in[p0 + word]);
          c00 = c00.add(x0.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c01 = c01.add(x0.lanewise(XOR, w1).lanewise(BIT_COUNT));
          IntVector x1 = IntVector.broadcast(SPECIES, in[p1 + word]);
          c10 = c10.add(x1.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c11 = c11.add(x1.lanewise(XOR, w1).lanewise(BIT_COUNT));
          IntVector x2 = IntVector.broadcast(SPECIES, in[p2 + word]);
          c20 = c20.add(x2.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c21 = c21.add(x2.lanewise(XOR, w1).lanewise(BIT_COUNT));
          IntVector x3 = IntVector.broadcast(SPECIES, in[p3 + word]);
          c30 = c30.add(x3.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c31 = c31.add(x3.lanewise(XOR, w1).lanewise(BIT_COUNT));
          IntVector x4 = IntVector.broadcast(SPECIES, in[p4 + word]);
          c40 = c40.add(x4.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c41 = c41.add(x4.lanewise(XOR, w1).lanewise(BIT_COUNT));
          IntVector x5 = IntVector.broadcast(SPECIES, in[p5 + word]);
          c50 = c50.add(x5.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c51 = c51.add(x5.lanewise(XOR, w1).lanewise(BIT_COUNT));
        }
      }
      int t0 = classOf[pixel] * lanes + channel;
      long b0 =
          (c00.compare(GT, IntVector.fromArray(SPECIES, threshold, t0)).toLong()
                  | c01.compare(GT, IntVector.fromArray(SPECIES, threshold, t0 + LENGTH)).toLong()
                      << LENGTH)
              ^ flip;
      int o0 = outAt + pixel * stride + channel / Integer.SIZE;
      bits[o0] = (int) b0;
      int t1 = classOf[pixel + 1] * lanes + channel;
      long b1 =
          (c10.compare(GT, IntVector.fromArray(SPECIES, threshold, t1)).toLong()
                  | c11.compare(GT, IntVector.fromArray(SPECIES, threshold, t1 + LENGTH)).toLong()
                      << LENGTH)
              ^ flip;
      int o1 = outAt + (pixel + 1) * stride + channel / Integer.SIZE;
      bits[o1] = (int) b1;
      int t2 = classOf[pixel + 2] * lanes + channel;
      long b2 =
          (c20.compare(GT, IntVector.fromArray(SPECIES, threshold, t2)).toLong()
                  | c21.compare(GT, IntVector.fromArray(SPECIES, threshold, t2 + LENGTH)).toLong()
                      << LENGTH)
              ^ flip;
      int o2 = outAt + (pixel + 2) * stride + channel / Integer.SIZE;
      bits[o2] = (int) b2;
      int t3 = classOf[pixel + 3] * lanes + channel;
      long b3 =
          (c30.compare(GT, IntVector.fromArray(SPECIES, threshold, t3)).toLong()
                  | c31.compare(GT, IntVector.fromArray(SPECIES, threshold, t3 + LENGTH)).toLong()
                      << LENGTH)
              ^ flip;
      int o3 = outAt + (pixel + 3) * stride + channel / Integer.SIZE;
      bits[o3] = (int) b3;
      int t4 = classOf[pixel + 4] * lanes + channel;
      long b4 =
          (c40.compare(GT, IntVector.fromArray(SPECIES, threshold, t4)).toLong()
                  | c41.compare(GT, IntVector.fromArray(SPECIES, threshold, t4 + LENGTH)).toLong()
                      << LENGTH)
              ^ flip;
      int o4 = outAt + (pixel + 4) * stride + channel / Integer.SIZE;
      bits[o4] = (int) b4;
      int t5 = classOf[pixel + 5] * lanes + channel;
      long b5 =
          (c50.compare(GT, IntVector.fromArray(SPECIES, threshold, t5)).toLong()
                  | c51.compare(GT, IntVector.fromArray(SPECIES, threshold, t5 + LENGTH)).toLong()
                      << LENGTH)
              ^ flip;
      int o5 = outAt + (pixel + 5) * stride + channel / Integer.SIZE;
      bits[o5] = (int) b5;
    }
  }

  /// One pixel times two vectors.
  static void narrow1(
      BinaryLayer layer,
      int[] in,
      int inAt,
      int[] bits,
      int outAt,
      int firstPixel,
      int endPixel,
      int panel,
      int lane) {
    Epilogue.Threshold epilogue = (Epilogue.Threshold) layer.epilogue;
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int start = weights.start[panel] + lane;
    int channel = panel * WeightPanels.LANES + lane;
    int[] threshold = epilogue.threshold;
    long flip = epilogue.flip[panel] >>> lane;
    int stride = layer.bitStride;
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
          IntVector w1 = IntVector.fromArray(SPECIES, sign, at + LENGTH);
          at += WeightPanels.LANES;
          IntVector x0 = IntVector.broadcast(SPECIES, in[p0 + word]);
          c00 = c00.add(x0.lanewise(XOR, w0).lanewise(BIT_COUNT));
          c01 = c01.add(x0.lanewise(XOR, w1).lanewise(BIT_COUNT));
        }
      }
      int t0 = classOf[pixel] * lanes + channel;
      long b0 =
          (c00.compare(GT, IntVector.fromArray(SPECIES, threshold, t0)).toLong()
                  | c01.compare(GT, IntVector.fromArray(SPECIES, threshold, t0 + LENGTH)).toLong()
                      << LENGTH)
              ^ flip;
      int o0 = outAt + pixel * stride + channel / Integer.SIZE;
      bits[o0] = (int) b0;
    }
  }
}
