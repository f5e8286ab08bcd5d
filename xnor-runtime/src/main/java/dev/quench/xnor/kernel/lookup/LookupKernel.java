// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.lookup;

/// The inner loops of a layer of words and codes. Stateless and thread-safe.
///
/// All lengths and offsets of blocks are multiples of [#BLOCK].
interface LookupKernel {
  /// Floats that are computed together.
  int BLOCK = 64;

  /// Inner products of the pixels of a few planes with words: table\[k, q\] = Σ word\[k, j\] ·
  /// plane\[j, q\].
  ///
  /// @param planes `[length, size]`
  /// @param words `[count, length]`, from `wordsAt` on
  /// @param tables receives `[count, size]`
  void multiply(
      float[] planes, int size, float[] words, int wordsAt, int length, int count, float[] tables);

  /// Adds to each output, for each place of the kernel, a table read from where its place begins:
  /// sums\[o, q\] += Σ tables\[starts\[o, t\] + q\].
  ///
  /// @param starts `[outputs, taps]`, from `startsAt` on
  /// @param sums `[outputs, size]`
  void add(
      float[] tables, int[] starts, int startsAt, int taps, int outputs, float[] sums, int size);
}
