// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.quench.run.Progress;
import dev.quench.trt.internal.CallbackFailure;
import dev.quench.trt.internal.NativeCounters;
import dev.quench.trt.internal.VirtualObject;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/// `nvinfer1::IProgressMonitor` in Java: reports the progress of a build, and cancels it.
///
/// Close it after the build. TensorRT calls it from its own threads.
public final class ProgressMonitor implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final BuildPhases phases;
  private final BooleanSupplier cancelled;
  private final CallbackFailure failure;
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final MemorySegment object;

  /// @param cancelled polled after every step; the build stops once it returns true
  /// @param failure receives exceptions of `progress` and `cancelled`, which also stop the build
  /// @param typeInfo see [VirtualObject#build]
  public ProgressMonitor(
      Progress progress,
      BooleanSupplier cancelled,
      CallbackFailure failure,
      MemorySegment typeInfo) {
    this.phases = new BuildPhases(progress);
    this.cancelled = cancelled;
    this.failure = failure;
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    this.object =
        new VirtualObject(arena)
            .versionedInterface("IProgressMonitor")
            .function(
                VirtualObject.handle(
                    lookup,
                    this,
                    "phaseStart",
                    void.class,
                    MemorySegment.class,
                    MemorySegment.class,
                    MemorySegment.class,
                    int.class),
                FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, JAVA_INT))
            .function(
                VirtualObject.handle(
                    lookup,
                    this,
                    "stepComplete",
                    boolean.class,
                    MemorySegment.class,
                    MemorySegment.class,
                    int.class),
                FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS, JAVA_INT))
            .function(
                VirtualObject.handle(
                    lookup,
                    this,
                    "phaseFinish",
                    void.class,
                    MemorySegment.class,
                    MemorySegment.class),
                FunctionDescriptor.ofVoid(ADDRESS, ADDRESS))
            .build(typeInfo);
    NativeCounters.created(NativeCounters.Kind.CALLBACK);
  }

  /// The pointer for TensorRT; valid until [#close].
  public long address() {
    return object.address();
  }

  /// Whether the build was stopped because of cancellation.
  public boolean isStopped() {
    return stopped.get();
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      try {
        phases.abandon();
      } finally {
        arena.close();
        NativeCounters.freed(NativeCounters.Kind.CALLBACK);
      }
    }
  }

  @SuppressWarnings("unused") // by method handle
  private void phaseStart(MemorySegment self, MemorySegment name, MemorySegment parent, int steps) {
    try {
      phases.begin(VirtualObject.text(name), VirtualObject.text(parent), steps);
    } catch (Throwable e) {
      failure.record(e);
    }
  }

  /// Returning false stops the build.
  @SuppressWarnings("unused") // by method handle
  private boolean stepComplete(MemorySegment self, MemorySegment name, int step) {
    try {
      phases.step(VirtualObject.text(name), step);
      if (cancelled.getAsBoolean()) {
        stopped.set(true);
      }
    } catch (Throwable e) {
      failure.record(e);
    }
    return !stopped.get() && !failure.isRecorded();
  }

  @SuppressWarnings("unused") // by method handle
  private void phaseFinish(MemorySegment self, MemorySegment name) {
    try {
      phases.finish(VirtualObject.text(name));
    } catch (Throwable e) {
      failure.record(e);
    }
  }
}
