// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.lookup.LookupConvolution;
import dev.quench.xnor.kernel.lookup.LookupScratch;

/// Runs a layer of words and codes over all images. Threads share the bands of all images.
final class LookupTask implements ParallelTask {
  /// In multiplications and additions: about ten microseconds of work, as long as waking a thread
  /// takes.
  private static final long LARGE = 300_000;

  private final LookupConvolution layer;
  private final NchwBuffer in;
  private final NchwBuffer out;
  private final LookupScratch[] scratch;

  /// @param threads the maximum number that share the work
  LookupTask(LookupConvolution layer, NchwBuffer in, NchwBuffer out, int threads) {
    this.layer = layer;
    this.in = in;
    this.out = out;
    this.scratch = new LookupScratch[threads];
    for (int i = 0; i < threads; i++) {
      scratch[i] = layer.newScratch();
    }
  }

  @Override
  public boolean isLarge() {
    return layer.operations() * in.images() > LARGE;
  }

  @Override
  public void run(int part, int parts) {
    int bands = layer.bands();
    int total = Math.multiplyExact(in.images(), bands);
    int end = StaticSchedule.start(total, part + 1, parts, 1);
    for (int i = StaticSchedule.start(total, part, parts, 1); i < end; i++) {
      int image = i / bands;
      layer.compute(
          in.floats(),
          image * in.imageFloats(),
          i % bands,
          out.floats(),
          image * out.imageFloats(),
          scratch[part]);
    }
  }
}
