// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.quench.run.Progress;
import dev.quench.trt.BuildCancelledException;
import dev.quench.trt.internal.build.CalibrationFeed;
import dev.quench.trt.internal.build.CalibratorSource;
import dev.quench.trt.internal.build.Calibrators;
import dev.quench.trt.internal.build.ProgressMonitor;
import dev.quench.trt.internal.build.TensorRtBindings;
import dev.quench.trt.internal.build.TensorRtRelease;
import dev.quench.trt.internal.execute.LayerTimer;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.tensorrt.nvinfer.IInt8Calibrator;
import org.bytedeco.tensorrt.nvinfer.IProfiler;
import org.bytedeco.tensorrt.nvinfer.IProgressMonitor;

/// Calls our callbacks as TensorRT does, by their slots and through its bindings, and prints what
/// comes back.
@SuppressWarnings("deprecation") // calibrators are gone in TensorRT 11; on 10 they are the way
final class NativeCallbacksMain {
  // Slots of the table of a calibrator.
  private static final int BATCH_SIZE = 4;
  private static final int BATCH = 5;
  private static final int READ = 6;
  private static final int WRITE = 7;
  private static final int ALGORITHM = 8;

  private NativeCallbacksMain() {}

  public static void main(String[] arguments) throws Throwable {
    System.out.println("state: " + TensorRtBindings.state());
    monitor();
    timer();
    calibratorWithCache();
    calibratorWithData();
    calibratorThatFails();
    garbage();
    plugins();
    System.out.println("left: " + NativeCounters.live());
  }

  private static void monitor() {
    CallbackFailure failure = new CallbackFailure();
    List<String> events = new ArrayList<>();
    try (ProgressMonitor monitor =
        new ProgressMonitor(
            record(events),
            () -> events.size() >= 3,
            failure,
            VirtualObject.typeInfoOf(ProcessLogger.INSTANCE.address()))) {
      IProgressMonitor seen = new IProgressMonitor(new NativeAddress(monitor.address()));
      seen.phaseStart("Building Engine", (String) null, 2);
      System.out.println("step 0 goes on: " + seen.stepComplete("Building Engine", 0));
      System.out.println("step 1 goes on: " + seen.stepComplete("Building Engine", 1));
      seen.phaseFinish("Building Engine");
      System.out.println("stopped: " + monitor.isStopped() + " " + events);
      System.out.println(
          "kind: " + seen.getInterfaceInfo().kind() + " " + seen.getInterfaceInfo().major());
    }
    failure.rethrow();
  }

  private static void timer() {
    CallbackFailure failure = new CallbackFailure();
    try (LayerTimer timer =
        new LayerTimer(
            TensorRtRelease.VERSIONED_PROFILER,
            failure,
            VirtualObject.typeInfoOf(ProcessLogger.INSTANCE.address()))) {
      IProfiler seen = new IProfiler(new NativeAddress(timer.address()));
      seen.reportLayerTime("conv1 + relu", 1.25f);
      seen.reportLayerTime("conv2", 0.5f);
      seen.reportLayerTime("conv1 + relu", 0.25f);
      System.out.println("layers: " + timer.milliseconds());
    }
    failure.rethrow();
  }

  private static void calibratorWithCache() throws Throwable {
    for (CalibrationFeed.Algorithm algorithm : CalibrationFeed.Algorithm.values()) {
      FakeFeed feed = new FakeFeed(algorithm, Optional.of("TRT-%d-x\na: 3c010a14\n"), 1);
      CallbackFailure failure = new CallbackFailure();
      try (Calibrators answers = calibrators(feed, failure);
          Arena arena = Arena.ofConfined()) {
        IInt8Calibrator calibrator = answers.calibrator();
        MemorySegment length = arena.allocate(JAVA_LONG);
        MemorySegment text =
            (MemorySegment)
                handle(calibrator, READ, FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS))
                    .invokeExact(self(calibrator), length);
        String read =
            new String(
                text.reinterpret(length.get(JAVA_LONG, 0)).toArray(ValueLayout.JAVA_BYTE),
                StandardCharsets.UTF_8);
        System.out.println(algorithm + " cache: " + read.replace('\n', '|'));
        MemorySegment again =
            (MemorySegment)
                handle(calibrator, READ, FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS))
                    .invokeExact(self(calibrator), length);
        System.out.println(
            "%s asked again: %s, %d times in all"
                .formatted(algorithm, again.equals(text), feed.asked));
        int algorithmValue =
            (int)
                handle(calibrator, ALGORITHM, FunctionDescriptor.of(JAVA_INT, ADDRESS))
                    .invokeExact(self(calibrator));
        System.out.println(algorithm + " algorithm: " + algorithmValue);
      }
    }
  }

  private static void calibratorWithData() throws Throwable {
    FakeFeed feed = new FakeFeed(CalibrationFeed.Algorithm.ENTROPY_2, Optional.empty(), 7);
    CallbackFailure failure = new CallbackFailure();
    try (Calibrators answers = calibrators(feed, failure);
        Arena arena = Arena.ofConfined()) {
      IInt8Calibrator calibrator = answers.calibrator();
      System.out.println(
          "batch size: "
              + (int)
                  handle(calibrator, BATCH_SIZE, FunctionDescriptor.of(JAVA_INT, ADDRESS))
                      .invokeExact(self(calibrator)));
      MemorySegment length = arena.allocate(JAVA_LONG);
      length.set(JAVA_LONG, 0, 99);
      MemorySegment none =
          (MemorySegment)
              handle(calibrator, READ, FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS))
                  .invokeExact(self(calibrator), length);
      System.out.println("no cache: " + none.address() + " " + length.get(JAVA_LONG, 0));
      MemorySegment bindings = arena.allocate(ADDRESS);
      MemorySegment names = arena.allocate(ADDRESS);
      names.set(ADDRESS, 0, arena.allocateFrom("image"));
      MethodHandle batch =
          handle(
              calibrator,
              BATCH,
              FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS, ADDRESS, JAVA_INT));
      boolean first = (boolean) batch.invokeExact(self(calibrator), bindings, names, 1);
      System.out.println(
          "first batch: "
              + first
              + " "
              + bindings.get(ADDRESS, 0).reinterpret(12).getAtIndex(ValueLayout.JAVA_FLOAT, 2));
      boolean second = (boolean) batch.invokeExact(self(calibrator), bindings, names, 1);
      System.out.println("second batch: " + second);
      byte[] made =
          "TRT-101501-EntropyCalibration2\nimage: 3c010a14\n".getBytes(StandardCharsets.UTF_8);
      handle(calibrator, WRITE, FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, JAVA_LONG))
          .invokeExact(
              self(calibrator),
              arena.allocateFrom(ValueLayout.JAVA_BYTE, made),
              (long) made.length);
      System.out.println(
          "made: " + new String(feed.made, StandardCharsets.UTF_8).replace('\n', '|'));
      failure.rethrow();
      names.set(ADDRESS, 0, arena.allocateFrom("unknown"));
      feed.left = 1;
      boolean wrong = (boolean) batch.invokeExact(self(calibrator), bindings, names, 1);
      System.out.println("batch of an unknown input: " + wrong);
      try {
        failure.rethrow();
      } catch (RuntimeException e) {
        System.out.println("kept: " + e.getMessage());
      }
    }
  }

  /// TensorRT takes a failed batch for the end of the data, so it is the next step that stops.
  private static void calibratorThatFails() throws Throwable {
    CallbackFailure failure = new CallbackFailure();
    FakeFeed feed = new FakeFeed(CalibrationFeed.Algorithm.ENTROPY_2, Optional.empty(), 1);
    try (Calibrators answers =
            new Calibrators(new CalibratorSource(feed, failure, () -> feed.asked > 0));
        ProgressMonitor monitor =
            new ProgressMonitor(
                Progress.NONE,
                () -> false,
                failure,
                VirtualObject.typeInfoOf(ProcessLogger.INSTANCE.address()));
        Arena arena = Arena.ofConfined()) {
      IProgressMonitor seen = new IProgressMonitor(new NativeAddress(monitor.address()));
      System.out.println("step before a failure: " + seen.stepComplete("calibration", 0));
      feed.asked = 1;
      MethodHandle batch =
          handle(
              answers.calibrator(),
              BATCH,
              FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS, ADDRESS, JAVA_INT));
      boolean cancelled =
          (boolean)
              batch.invokeExact(
                  self(answers.calibrator()), arena.allocate(ADDRESS), arena.allocate(ADDRESS), 1);
      System.out.println("batch of a cancelled build: " + cancelled + ", " + feed.left + " left");
      System.out.println("step after a failure: " + seen.stepComplete("calibration", 1));
      failure.rethrow();
    } catch (BuildCancelledException e) {
      System.out.println("cancelled: " + e.getMessage());
    }
  }

  /// The bindings hold callbacks only weakly: were ours collected, the next call would crash.
  private static void garbage() throws Throwable {
    try (Calibrators answers =
        calibrators(
            new FakeFeed(CalibrationFeed.Algorithm.ENTROPY_2, Optional.empty(), 5),
            new CallbackFailure())) {
      MethodHandle size =
          handle(answers.calibrator(), BATCH_SIZE, FunctionDescriptor.of(JAVA_INT, ADDRESS));
      MemorySegment self = self(answers.calibrator());
      int sum = 0;
      for (int i = 0; i < 5; i++) {
        System.gc();
        sum += (int) size.invokeExact(self);
      }
      System.out.println("after garbage collection: " + sum);
    }
  }

  private static Calibrators calibrators(FakeFeed feed, CallbackFailure failure) {
    return new Calibrators(new CalibratorSource(feed, failure, () -> false));
  }

  private static void plugins() {
    try {
      NativePlugins.load(List.of(Path.of(System.getProperty("plugin"))));
      System.out.println("plugin: loaded");
    } catch (RuntimeException e) {
      System.out.println("plugin: " + e.getMessage());
    }
  }

  private static Progress record(List<String> events) {
    return new Progress() {
      @Override
      public void begin(String task, long total) {
        events.add(task + " of " + total);
      }

      @Override
      public void advance(long steps) {
        events.add("+" + steps);
      }

      @Override
      public void end() {
        events.add("end");
      }
    };
  }

  private static MemorySegment self(IInt8Calibrator calibrator) {
    return MemorySegment.ofAddress(calibrator.address());
  }

  private static MethodHandle handle(
      IInt8Calibrator calibrator, int slot, FunctionDescriptor descriptor) {
    MemorySegment table = self(calibrator).reinterpret(8).get(ADDRESS, 0).reinterpret(8L * 16);
    return Linker.nativeLinker().downcallHandle(table.getAtIndex(ADDRESS, slot), descriptor);
  }
}
