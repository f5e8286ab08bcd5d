// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.quench.run.Progress;
import dev.quench.trt.internal.build.ProgressMonitor;
import dev.quench.trt.internal.execute.LayerTimer;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Calls our objects of C++ as C++ does: through the table that they point to.
class CallbackObjectsTest {
  private static final Progress FAILING =
      new Progress() {
        @Override
        public void begin(String task, long total) {
          throw new IllegalStateException("no terminal");
        }

        @Override
        public void advance(long steps) {}

        @Override
        public void end() {}
      };

  @Test
  void stopsABuildThatIsCancelled() throws Throwable {
    CallbackFailure failure = new CallbackFailure();
    try (ProgressMonitor monitor =
            new ProgressMonitor(Progress.NONE, () -> true, failure, MemorySegment.NULL);
        Arena arena = Arena.ofConfined()) {
      boolean goesOn =
          (boolean)
              function(
                      monitor.address(),
                      5,
                      FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS, JAVA_INT))
                  .invokeExact(
                      MemorySegment.ofAddress(monitor.address()), arena.allocateFrom("phase"), 0);
      assertThat(goesOn).isFalse();
      assertThat(monitor.isStopped()).isTrue();
      assertThat(failure.isRecorded()).isFalse();
    }
  }

  @Test
  void keepsWhatProgressThrowsAndStopsTheBuild() throws Throwable {
    CallbackFailure failure = new CallbackFailure();
    try (ProgressMonitor monitor =
            new ProgressMonitor(FAILING, () -> false, failure, MemorySegment.NULL);
        Arena arena = Arena.ofConfined()) {
      MemorySegment self = MemorySegment.ofAddress(monitor.address());
      function(monitor.address(), 4, FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, JAVA_INT))
          .invokeExact(self, arena.allocateFrom("phase"), MemorySegment.NULL, 2);
      boolean goesOn =
          (boolean)
              function(
                      monitor.address(),
                      5,
                      FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS, JAVA_INT))
                  .invokeExact(self, arena.allocateFrom("phase"), 0);
      assertThat(goesOn).isFalse();
      assertThat(monitor.isStopped()).isFalse();
      assertThatIllegalStateException().isThrownBy(failure::rethrow).withMessage("no terminal");
    }
  }

  /// TensorRT 10 has the function first, TensorRT 11 after those of a base class.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void timesLayersInTheLayoutOfEachRelease(boolean versioned) throws Throwable {
    CallbackFailure failure = new CallbackFailure();
    try (LayerTimer timer = new LayerTimer(versioned, failure, MemorySegment.NULL);
        Arena arena = Arena.ofConfined()) {
      MethodHandle report =
          function(
              timer.address(),
              versioned ? 4 : 0,
              FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, JAVA_FLOAT));
      MemorySegment self = MemorySegment.ofAddress(timer.address());
      report.invokeExact(self, arena.allocateFrom("conv"), 0.5f);
      report.invokeExact(self, arena.allocateFrom("conv"), 0.25f);
      assertThat(timer.milliseconds()).containsExactly(Map.entry("conv", 0.75));
      int destructor = versioned ? 3 : 2;
      function(timer.address(), destructor, FunctionDescriptor.ofVoid(ADDRESS)).invokeExact(self);
      if (versioned) {
        int language =
            (int)
                function(timer.address(), 0, FunctionDescriptor.of(JAVA_INT, ADDRESS))
                    .invokeExact(self);
        assertThat(language).isZero();
      }
    }
  }

  @Test
  void isCalledFromSeveralThreads() {
    CallbackFailure failure = new CallbackFailure();
    try (LayerTimer timer = new LayerTimer(false, failure, MemorySegment.NULL);
        Arena arena = Arena.ofShared()) {
      MemorySegment name = arena.allocateFrom("conv");
      CompletableFuture<?>[] calls = new CompletableFuture<?>[4];
      for (int i = 0; i < calls.length; i++) {
        calls[i] =
            CompletableFuture.runAsync(() -> {
              try {
                MethodHandle report =
                    function(
                        timer.address(),
                        0,
                        FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, JAVA_FLOAT));
                for (int n = 0; n < 1000; n++) {
                  report.invokeExact(MemorySegment.ofAddress(timer.address()), name, 1f);
                }
              } catch (Throwable e) {
                throw new AssertionError(e);
              }
            });
      }
      CompletableFuture.allOf(calls).join();
      assertThat(timer.milliseconds()).containsEntry("conv", 4000.0);
    }
  }

  @Test
  void areCountedWhileTheyLive() {
    long before = NativeCounters.live().get(NativeCounters.Kind.CALLBACK);
    LayerTimer timer = new LayerTimer(false, new CallbackFailure(), MemorySegment.NULL);
    assertThat(NativeCounters.live()).containsEntry(NativeCounters.Kind.CALLBACK, before + 1);
    timer.close();
    timer.close();
    assertThat(NativeCounters.live()).containsEntry(NativeCounters.Kind.CALLBACK, before);
  }

  private static MethodHandle function(long object, int slot, FunctionDescriptor descriptor) {
    MemorySegment table =
        MemorySegment.ofAddress(object).reinterpret(8).get(ADDRESS, 0).reinterpret(8L * 16);
    return Linker.nativeLinker().downcallHandle(table.getAtIndex(ADDRESS, slot), descriptor);
  }
}
