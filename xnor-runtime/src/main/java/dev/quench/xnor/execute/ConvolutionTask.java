// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.BinaryConvolution;
import dev.quench.xnor.kernel.Kernel;

/// Runs a binary layer over all images. Threads share the pixels if these are many, else the panels
/// of output channels.
final class ConvolutionTask implements ParallelTask {
  /// In binary multiplications: about ten microseconds of work, as long as waking a thread takes.
  private static final long LARGE = 10_000_000;

  private final Kernel kernel;
  private final BinaryConvolution layer;

  /// How often the layer runs: once per image, or once in total when images are stacked.
  private final int images;

  private final int[] in;
  private final int inStride;
  private final int[] bits;
  private final float[] floats;
  private final int outStart;
  private final int outStride;

  private ConvolutionTask(
      Kernel kernel,
      BinaryConvolution layer,
      int images,
      BitBuffer in,
      int[] bits,
      float[] floats,
      int outStart,
      int outStride) {
    this.kernel = kernel;
    this.layer = layer;
    this.images = images;
    this.in = in.words();
    this.inStride = in.imageWords();
    this.bits = bits;
    this.floats = floats;
    this.outStart = outStart;
    this.outStride = outStride;
  }

  static ConvolutionTask toBits(
      Kernel kernel, BinaryConvolution layer, int images, BitBuffer in, BitBuffer out) {
    return new ConvolutionTask(
        kernel, layer, images, in, out.words(), new float[0], out.start(0), out.imageWords());
  }

  static ConvolutionTask toFloats(
      Kernel kernel, BinaryConvolution layer, int images, BitBuffer in, NhwcBuffer out) {
    return new ConvolutionTask(
        kernel, layer, images, in, new int[0], out.floats(), 0, out.imageFloats());
  }

  @Override
  public boolean isLarge() {
    return layer.products() * images > LARGE;
  }

  @Override
  public void run(int part, int parts) {
    int pixels = layer.outPixels();
    int total = Math.multiplyExact(images, pixels);
    if (total < 2 * Kernel.TILE * parts) {
      int first = StaticSchedule.start(layer.panels(), part, parts, 1);
      int end = StaticSchedule.start(layer.panels(), part + 1, parts, 1);
      for (int image = 0; image < images; image++) {
        compute(image, 0, pixels, first, end);
      }
      return;
    }
    int start = StaticSchedule.start(total, part, parts, Kernel.TILE);
    int end = StaticSchedule.start(total, part + 1, parts, Kernel.TILE);
    while (start < end) {
      int image = start / pixels;
      int first = start - image * pixels;
      int last = Math.min(pixels, first + end - start);
      compute(image, first, last, 0, layer.panels());
      start += last - first;
    }
  }

  private void compute(int image, int firstPixel, int endPixel, int firstPanel, int endPanel) {
    kernel.compute(
        layer,
        in,
        image * inStride,
        bits,
        floats,
        outStart + image * outStride,
        firstPixel,
        endPixel,
        firstPanel,
        endPanel);
  }
}
