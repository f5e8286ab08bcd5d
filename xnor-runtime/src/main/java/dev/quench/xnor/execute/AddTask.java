// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import static dev.quench.xnor.kernel.ChannelFunction.Operator.ADD;

import dev.quench.xnor.kernel.Kernel;

/// Adds two NHWC float tensors of one shape.
final class AddTask implements ParallelTask {
  private final Kernel kernel;
  private final NhwcBuffer left;
  private final NhwcBuffer right;
  private final NhwcBuffer out;

  AddTask(Kernel kernel, NhwcBuffer left, NhwcBuffer right, NhwcBuffer out) {
    this.kernel = kernel;
    this.left = left;
    this.right = right;
    this.out = out;
  }

  @Override
  public boolean isLarge() {
    return out.floats().length > 65_536;
  }

  @Override
  public void run(int part, int parts) {
    int first = StaticSchedule.start(out.floats().length, part, parts, Integer.SIZE);
    int end = StaticSchedule.start(out.floats().length, part + 1, parts, Integer.SIZE);
    kernel.elementwise(
        ADD, left.floats(), first, right.floats(), first, out.floats(), first, end - first);
  }
}
