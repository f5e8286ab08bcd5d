// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import java.util.List;

/// A [ChannelFunction] for NHWC floats. Operands are repeated for several pixels, which makes the
/// loops long. Immutable, thread-safe.
public final class NhwcFunction {
  private static final int SHORTEST_BLOCK = 1024;

  private final List<ChannelFunction.Step> steps;

  /// Floats per pixel.
  private final int stride;

  public NhwcFunction(ChannelFunction function) {
    this.stride = PackedLayout.floats(function.channels());
    int pixels = Math.ceilDiv(SHORTEST_BLOCK, stride);
    this.steps = function.steps().stream().map(step -> repeat(step, stride, pixels)).toList();
  }

  /// Leaves the padding of a pixel unchanged.
  private static ChannelFunction.Step repeat(ChannelFunction.Step step, int stride, int pixels) {
    float[] repeated = new float[stride * pixels];
    float[] operands = step.operands;
    for (int i = 0; i < repeated.length; i++) {
      int channel = i % stride;
      repeated[i] = channel < operands.length ? operands[channel] : step.operator.neutral;
    }
    return new ChannelFunction.Step(step.operator, repeated);
  }

  /// Applies the function to pixels `[firstPixel, endPixel)`.
  public void apply(Kernel kernel, float[] in, float[] out, int firstPixel, int endPixel) {
    int from = firstPixel * stride;
    int end = endPixel * stride;
    if (steps.isEmpty()) {
      System.arraycopy(in, from, out, from, end - from);
    }
    float[] source = in;
    for (int i = 0; i < steps.size(); i++) {
      ChannelFunction.Step step = steps.get(i);
      float[] operands = step.operands;
      for (int at = from; at < end; at += operands.length) {
        int length = Math.min(operands.length, end - at);
        kernel.elementwise(step.operator, source, at, operands, 0, out, at, length);
      }
      source = out;
    }
  }
}
