// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.trt.internal.NativeCounters;
import java.util.Map;

/// Counts of native objects that this process has created through this library and not freed yet.
/// All counts are 0 after everything is closed, which tests can assert.
///
/// @param tensorRtObjects builders, engines, contexts and the like
/// @param deviceBuffers allocations on the GPU
/// @param pinnedBuffers page-locked allocations on the host
/// @param callbacks Java objects that TensorRT calls: progress monitors, profilers, calibrators
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

  /// The sum of all counts.
  public long total() {
    return tensorRtObjects + streams + events + graphs + deviceBuffers + pinnedBuffers + callbacks;
  }
}
