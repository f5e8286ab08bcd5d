// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.trt.internal.NativeCounters;
import java.util.Map;

/// How many native objects this process has made through this library and not freed yet. After
/// everything was closed all counts are 0; a test can hold a program to that.
///
/// @param tensorRtObjects builders, engines, contexts and the like
/// @param deviceBuffers allocations on the GPU
/// @param pinnedBuffers page-locked allocations on the host
/// @param callbacks objects of ours that TensorRT calls: progress monitors, profilers, calibrators
public record LiveObjects(
    long tensorRtObjects,
    long streams,
    long events,
    long graphs,
    long deviceBuffers,
    long pinnedBuffers,
    long callbacks) {
  /// Counts now. Loads nothing native.
  public static LiveObjects now() {
    Map<NativeCounters.Kind, Long> live = NativeCounters.live();
    return new LiveObjects(
        live.getOrDefault(NativeCounters.Kind.TENSORRT_OBJECT, 0L),
        live.getOrDefault(NativeCounters.Kind.STREAM, 0L),
        live.getOrDefault(NativeCounters.Kind.EVENT, 0L),
        live.getOrDefault(NativeCounters.Kind.GRAPH, 0L),
        live.getOrDefault(NativeCounters.Kind.DEVICE_MEMORY, 0L),
        live.getOrDefault(NativeCounters.Kind.PINNED_MEMORY, 0L),
        live.getOrDefault(NativeCounters.Kind.CALLBACK, 0L));
  }

  /// All of them.
  public long total() {
    return tensorRtObjects + streams + events + graphs + deviceBuffers + pinnedBuffers + callbacks;
  }
}
