// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.PackedBits;

/// The memory layout of bit matrices on the GPU, which `layout.cu` must match: contiguous tiles of
/// 16 rows by 256 bits; each tile is in the order of the fragments of `mma.m16n8k256`.
///
/// Strided loads of fragments are the bottleneck of such products: Li and Su, "Accelerating
/// Binarized Neural Networks via Bit-Tensor-Cores in Turing GPUs", IEEE TPDS 2021.
public final class Tiles {
  static final int ROWS = 16;
  static final int WORDS = 8;
  static final int BITS = WORDS * Integer.SIZE;
  static final int SIZE = ROWS * WORDS;

  private Tiles() {}

  /// Tiles per row of `columns` bits.
  static int across(int columns) {
    return Math.ceilDiv(columns, BITS);
  }

  /// Words of a whole matrix, padding of tiles included.
  static int size(int rows, int columns) {
    return Math.multiplyExact(Math.multiplyExact(Math.ceilDiv(rows, ROWS), across(columns)), SIZE);
  }

  /// Offset of a word of a row in a matrix with `tiles` tiles per row.
  static int offset(int row, int word, int tiles) {
    int inRow = row % ROWS;
    int inTile = word % WORDS;
    int lane = inRow % 8 * 4 + inTile % 4;
    int part = inRow / 8 + inTile / 4 * 2;
    return (row / ROWS * tiles + word / WORDS) * SIZE + lane * 4 + part;
  }

  static int[] pack(PackedBits bits) {
    int tiles = across(bits.columns());
    int[] packed = new int[size(bits.rows(), bits.columns())];
    for (int row = 0; row < bits.rows(); row++) {
      for (int word = 0; word < bits.wordsPerRow(); word++) {
        packed[offset(row, word, tiles)] = bits.word(row, word);
      }
    }
    return packed;
  }

  static PackedBits unpack(int[] packed, int rows, int columns) {
    int tiles = across(columns);
    int wordsPerRow = Math.ceilDiv(columns, Integer.SIZE);
    int[] words = new int[rows * wordsPerRow];
    for (int row = 0; row < rows; row++) {
      for (int word = 0; word < wordsPerRow; word++) {
        words[row * wordsPerRow + word] = packed[offset(row, word, tiles)];
      }
    }
    return PackedBits.ofWords(words, rows, columns);
  }
}
