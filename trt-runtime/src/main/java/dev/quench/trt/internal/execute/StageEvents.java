// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.NativeCounters;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;

/// Events on a stream between the parts of an inference. For one thread at a time.
final class StageEvents implements AutoCloseable {
  private static final int MARKS = 4;

  private final CUevent_st[] marks = new CUevent_st[MARKS];
  private final float[] elapsed = new float[1];
  private int made;

  StageEvents() {
    try {
      for (; made < MARKS; made++) {
        marks[made] = new CUevent_st();
        Failures.requireCuda(cudart.cudaEventCreate(marks[made]), "cudaEventCreate");
        NativeCounters.created(NativeCounters.Kind.EVENT);
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /// @param index 0 before the first part, 1 after it, and so on
  void record(int index, CUstream_st stream) {
    int code = cudart.cudaEventRecord(marks[index], stream);
    if (code != cudart.cudaSuccess) {
      Failures.requireCuda(code, "cudaEventRecord");
    }
  }

  /// The milliseconds of part `index`, which must be complete.
  double millis(int index) {
    int code = cudart.cudaEventElapsedTime(elapsed, marks[index], marks[index + 1]);
    if (code != cudart.cudaSuccess) {
      Failures.requireCuda(code, "cudaEventElapsedTime");
    }
    return elapsed[0];
  }

  @Override
  public void close() {
    while (made > 0) {
      made--;
      cudart.cudaEventDestroy(marks[made]);
      NativeCounters.freed(NativeCounters.Kind.EVENT);
    }
  }
}
