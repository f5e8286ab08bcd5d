// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.quench.run.Progress;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.internal.build.CalibrationFeed;
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
import java.util.Map;
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
      Feed feed = new Feed(algorithm, Optional.of("TRT-%d-x\na: 3c010a14\n"), 1);
      try (Calibrators answers = new Calibrators(feed);
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
    Feed feed = new Feed(CalibrationFeed.Algorithm.ENTROPY_2, Optional.empty(), 7);
    try (Calibrators answers = new Calibrators(feed);
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
      answers.rethrow();
      names.set(ADDRESS, 0, arena.allocateFrom("unknown"));
      feed.left = 1;
      boolean wrong = (boolean) batch.invokeExact(self(calibrator), bindings, names, 1);
      System.out.println("batch of an unknown input: " + wrong);
      try {
        answers.rethrow();
      } catch (RuntimeException e) {
        System.out.println("kept: " + e.getMessage());
      }
    }
  }

  /// The bindings hold callbacks only weakly: were ours collected, the next call would crash.
  private static void garbage() throws Throwable {
    try (Calibrators answers =
        new Calibrators(new Feed(CalibrationFeed.Algorithm.ENTROPY_2, Optional.empty(), 5))) {
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

  /// One batch of three floats.
  private static final class Feed implements CalibrationFeed {
    private final Algorithm algorithm;
    private final Optional<String> cache;
    private final int size;
    private int left = 1;
    private int asked;
    private byte[] made = new byte[0];

    Feed(Algorithm algorithm, Optional<String> cache, int size) {
      this.algorithm = algorithm;
      this.cache = cache;
      this.size = size;
    }

    @Override
    public Algorithm algorithm() {
      return algorithm;
    }

    @Override
    public Optional<byte[]> cache(int version) {
      asked++;
      return cache.map(text -> text.formatted(version).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int batchSize() {
      return size;
    }

    @Override
    public Map<String, Shape> shapes() {
      return Map.of();
    }

    @Override
    public Optional<Map<String, Tensor>> next() {
      return left-- > 0
          ? Optional.of(Map.of("image", Tensor.ofFloats(Shape.of(3), new float[] {1, 2, 3})))
          : Optional.empty();
    }

    @Override
    public void made(byte[] bytes) {
      made = bytes;
    }

    @Override
    public void close() {}
  }
}
