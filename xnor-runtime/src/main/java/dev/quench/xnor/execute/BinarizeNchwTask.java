// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.run.BackendException;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.Kernel;
import dev.quench.xnor.kernel.NchwSource;
import java.lang.foreign.MemorySegment;

/// Packs the signs of an affine function of NCHW floats as soon as ONNX Runtime delivers them.
final class BinarizeNchwTask implements ParallelTask, TensorConsumer {
  private static final int UNIT = 16;
  private static final int LARGE = 32_768;

  private final Kernel kernel;
  private final String name;
  private final BitBuffer out;
  private final NchwSource[] sources;
  private MemorySegment memory = MemorySegment.NULL;
  private volatile boolean numbers;

  /// @param name of the value whose sign is taken, for messages
  /// @param threads the maximum number that share the work
  BinarizeNchwTask(Kernel kernel, String name, ChannelFunction affine, BitBuffer out, int threads) {
    this.kernel = kernel;
    this.name = name;
    this.out = out;
    this.sources = new NchwSource[threads];
    for (int i = 0; i < threads; i++) {
      sources[i] = new NchwSource(affine, out.pixels());
    }
  }

  @Override
  public void accept(Tensor nchw, ThreadPool pool) {
    memory = nchw.bytes();
    numbers = true;
    pool.run(this);
    if (!numbers) {
      throw notANumber(name);
    }
  }

  static BackendException notANumber(String name) {
    return new BackendException(
        "xnor: cannot take the sign of '%s': it holds NaN; check the input and the weights before it"
            .formatted(name));
  }

  @Override
  public boolean isLarge() {
    return (long) out.images() * out.pixels() * out.channels() > LARGE;
  }

  @Override
  public void run(int part, int parts) {
    int pixels = out.pixels();
    int total = out.images() * pixels;
    int start = StaticSchedule.start(total, part, parts, UNIT);
    int end = StaticSchedule.start(total, part + 1, parts, UNIT);
    while (start < end) {
      int image = start / pixels;
      int first = start - image * pixels;
      int last = Math.min(pixels, first + end - start);
      NchwSource source = sources[part].at(memory, image);
      if (!kernel.packNchw(source, first, last, out.words(), out.start(image))) {
        numbers = false;
      }
      start += last - first;
    }
  }
}
