// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;

/// Times work on a stream by CUDA events: all contenders in turn, again and again, so that clock
/// and temperature meet them alike.
final class Stopwatch implements AutoCloseable {
  private static final int WARM_UPS = 3;

  private final CudaDevice device;
  private final CUstream_st stream;
  private final CUevent_st begin = new CUevent_st();
  private final CUevent_st end = new CUevent_st();

  Stopwatch(CudaDevice device) {
    this.device = device;
    this.stream = device.stream();
    Failures.require(cudart.cuEventCreate(begin, 0), "cuEventCreate");
    Failures.require(cudart.cuEventCreate(end, 0), "cuEventCreate");
  }

  /// @param run enqueues the work once
  record Contender(String name, Runnable run) {}

  /// @param medianMillis of one run
  /// @param leastMillis of one run
  record Timing(String name, double medianMillis, double leastMillis) {}

  /// @param rounds how often each contender is timed
  /// @param runs enqueued between two events
  List<Timing> time(List<Contender> contenders, int rounds, int runs) {
    double[][] millis = new double[contenders.size()][rounds];
    for (int round = -WARM_UPS; round < rounds; round++) {
      for (int i = 0; i < contenders.size(); i++) {
        double measured = measure(contenders.get(i).run(), runs);
        if (round >= 0) {
          millis[i][round] = measured;
        }
      }
    }
    List<Timing> timings = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      Arrays.sort(millis[i]);
      timings.add(new Timing(contenders.get(i).name(), millis[i][rounds / 2], millis[i][0]));
    }
    return timings;
  }

  private double measure(Runnable run, int runs) {
    Failures.require(cudart.cuEventRecord(begin, stream), "cuEventRecord");
    for (int i = 0; i < runs; i++) {
      run.run();
    }
    Failures.require(cudart.cuEventRecord(end, stream), "cuEventRecord");
    device.synchronize();
    float[] elapsed = new float[1];
    Failures.require(cudart.cuEventElapsedTime(elapsed, begin, end), "cuEventElapsedTime");
    return elapsed[0] / runs;
  }

  @Override
  public void close() {
    cudart.cuEventDestroy(begin);
    cudart.cuEventDestroy(end);
  }
}
