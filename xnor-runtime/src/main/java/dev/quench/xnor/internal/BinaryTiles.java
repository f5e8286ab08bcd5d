// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.internal;

import static dev.quench.xnor.internal.VectorEpilogue.LENGTH;
import static dev.quench.xnor.internal.VectorEpilogue.SPECIES;
import static dev.quench.xnor.internal.VectorEpilogue.bits;
import static dev.quench.xnor.internal.VectorEpilogue.floats;
import static jdk.incubator.vector.VectorOperators.BIT_COUNT;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.IntVector;

/// Counts of differing bits between pixels and output channels for weights of ±1.
///
/// Lanes are output channels; a word of activations is broadcast and meets two or four vectors of
/// weights. Six pixels by four vectors keep 24 sums in registers, enough to hide the latency of the
/// count, and load ten operands for 24 products. Sums are named locals because C2 keeps only those
/// in registers.
final class BinaryTiles {
  private BinaryTiles() {}

  /// Six pixels times four vectors.
  static void wide6(
      BinaryLayer layer,
      int[] in,
      int inAt,
      int[] bits,
      float[] floats,
      int outAt,
      int pixel,
      int panel,
      int lane) {
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int at = weights.start[panel] + lane;
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
    switch (layer.epilogue) {
      case Epilogue.Threshold threshold -> {
        bits(layer, threshold, pixel, panel, lane, bits, outAt, c00, c01, c02, c03);
        bits(layer, threshold, pixel + 1, panel, lane, bits, outAt, c10, c11, c12, c13);
        bits(layer, threshold, pixel + 2, panel, lane, bits, outAt, c20, c21, c22, c23);
        bits(layer, threshold, pixel + 3, panel, lane, bits, outAt, c30, c31, c32, c33);
        bits(layer, threshold, pixel + 4, panel, lane, bits, outAt, c40, c41, c42, c43);
        bits(layer, threshold, pixel + 5, panel, lane, bits, outAt, c50, c51, c52, c53);
      }
      case Epilogue.Affine affine -> {
        floats(layer, affine, pixel, panel, lane, floats, outAt, c00, c01, c02, c03);
        floats(layer, affine, pixel + 1, panel, lane, floats, outAt, c10, c11, c12, c13);
        floats(layer, affine, pixel + 2, panel, lane, floats, outAt, c20, c21, c22, c23);
        floats(layer, affine, pixel + 3, panel, lane, floats, outAt, c30, c31, c32, c33);
        floats(layer, affine, pixel + 4, panel, lane, floats, outAt, c40, c41, c42, c43);
        floats(layer, affine, pixel + 5, panel, lane, floats, outAt, c50, c51, c52, c53);
      }
    }
  }

  /// One pixel times four vectors.
  static void wide1(
      BinaryLayer layer,
      int[] in,
      int inAt,
      int[] bits,
      float[] floats,
      int outAt,
      int pixel,
      int panel,
      int lane) {
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int at = weights.start[panel] + lane;
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
    switch (layer.epilogue) {
      case Epilogue.Threshold threshold -> {
        bits(layer, threshold, pixel, panel, lane, bits, outAt, c00, c01, c02, c03);
      }
      case Epilogue.Affine affine -> {
        floats(layer, affine, pixel, panel, lane, floats, outAt, c00, c01, c02, c03);
      }
    }
  }

  /// Six pixels times two vectors.
  static void narrow6(
      BinaryLayer layer,
      int[] in,
      int inAt,
      int[] bits,
      float[] floats,
      int outAt,
      int pixel,
      int panel,
      int lane) {
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int at = weights.start[panel] + lane;
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
    switch (layer.epilogue) {
      case Epilogue.Threshold threshold -> {
        bits(layer, threshold, pixel, panel, lane, bits, outAt, c00, c01);
        bits(layer, threshold, pixel + 1, panel, lane, bits, outAt, c10, c11);
        bits(layer, threshold, pixel + 2, panel, lane, bits, outAt, c20, c21);
        bits(layer, threshold, pixel + 3, panel, lane, bits, outAt, c30, c31);
        bits(layer, threshold, pixel + 4, panel, lane, bits, outAt, c40, c41);
        bits(layer, threshold, pixel + 5, panel, lane, bits, outAt, c50, c51);
      }
      case Epilogue.Affine affine -> {
        floats(layer, affine, pixel, panel, lane, floats, outAt, c00, c01);
        floats(layer, affine, pixel + 1, panel, lane, floats, outAt, c10, c11);
        floats(layer, affine, pixel + 2, panel, lane, floats, outAt, c20, c21);
        floats(layer, affine, pixel + 3, panel, lane, floats, outAt, c30, c31);
        floats(layer, affine, pixel + 4, panel, lane, floats, outAt, c40, c41);
        floats(layer, affine, pixel + 5, panel, lane, floats, outAt, c50, c51);
      }
    }
  }

  /// One pixel times two vectors.
  static void narrow1(
      BinaryLayer layer,
      int[] in,
      int inAt,
      int[] bits,
      float[] floats,
      int outAt,
      int pixel,
      int panel,
      int lane) {
    WeightPanels weights = layer.weights;
    int[] sign = weights.sign;
    int[] offsets = layer.indirection.offsets;
    int taps = weights.taps;
    int words = weights.words[panel];
    int from = inAt + weights.firstWord[panel];
    int at = weights.start[panel] + lane;
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
    switch (layer.epilogue) {
      case Epilogue.Threshold threshold -> {
        bits(layer, threshold, pixel, panel, lane, bits, outAt, c00, c01);
      }
      case Epilogue.Affine affine -> {
        floats(layer, affine, pixel, panel, lane, floats, outAt, c00, c01);
      }
    }
  }
}
