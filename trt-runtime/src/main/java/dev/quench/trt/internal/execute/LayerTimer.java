// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.quench.trt.internal.CallbackFailure;
import dev.quench.trt.internal.NativeCounters;
import dev.quench.trt.internal.VirtualObject;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.LinkedHashMap;
import java.util.Map;

/// `nvinfer1::IProfiler` in Java: sums the time of every layer.
///
/// TensorRT 11 added a base class to the interface, so its table of functions depends on the
/// version. Close it after removing it from the context. Thread-safe.
public final class LayerTimer implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Map<String, Double> milliseconds = new LinkedHashMap<>();
  private final CallbackFailure failure;
  private final MemorySegment object;

  /// @param versioned whether the interface derives from `IVersionedInterface`
  /// @param typeInfo see [VirtualObject#build]
  public LayerTimer(boolean versioned, CallbackFailure failure, MemorySegment typeInfo) {
    this.failure = failure;
    VirtualObject table = new VirtualObject(arena);
    if (versioned) {
      table.versionedInterface("IProfiler");
    }
    table.function(
        VirtualObject.handle(
            MethodHandles.lookup(),
            this,
            "reportLayerTime",
            void.class,
            MemorySegment.class,
            MemorySegment.class,
            float.class),
        FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, JAVA_FLOAT));
    if (!versioned) {
      table.destructor();
    }
    this.object = table.build(typeInfo);
    NativeCounters.created(NativeCounters.Kind.CALLBACK);
  }

  /// The pointer for TensorRT; valid until [#close].
  public long address() {
    return object.address();
  }

  /// The total time of each layer over all runs, in milliseconds, in the order of execution.
  public synchronized Map<String, Double> milliseconds() {
    return new LinkedHashMap<>(milliseconds);
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
      NativeCounters.freed(NativeCounters.Kind.CALLBACK);
    }
  }

  @SuppressWarnings("unused") // by method handle
  private void reportLayerTime(MemorySegment self, MemorySegment name, float time) {
    try {
      String layer = VirtualObject.text(name);
      synchronized (this) {
        milliseconds.merge(layer, (double) time, Double::sum);
      }
    } catch (Throwable e) {
      failure.record(e);
    }
  }
}
