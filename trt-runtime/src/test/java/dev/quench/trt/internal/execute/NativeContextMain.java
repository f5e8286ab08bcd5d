// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.FakeEngine;
import dev.quench.trt.internal.NativeCounters;
import dev.quench.trt.internal.NativeDeviceMemory;
import dev.quench.trt.internal.build.TensorRtBindings;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Runs contexts of a fake engine through the real bindings and prints what happens.
final class NativeContextMain {
  private static final TensorSpec X = new TensorSpec("x", DataType.FLOAT, Shape.of(Dim.UNKNOWN));
  private static final TensorSpec Y = new TensorSpec("y", DataType.FLOAT, Shape.of(Dim.UNKNOWN));
  private static final List<Map<String, ShapeRange>> PROFILES =
      List.of(
          Map.of("x", new ShapeRange(Shape.of(1), Shape.of(2), Shape.of(4))),
          Map.of("x", new ShapeRange(Shape.of(1), Shape.of(8), Shape.of(16))));

  private NativeContextMain() {}

  public static void main(String[] arguments) throws Throwable {
    System.out.println("state: " + TensorRtBindings.state());
    try (Arena arena = Arena.ofShared()) {
      runs(arena);
      staysOnTheDevice(arena);
      endsAccessToStaging(arena);
      choosesByAllInputs(arena);
      recordsGraphs(arena);
      allocatesNothing(arena);
    }
    System.out.println("left: " + NativeCounters.live());
  }

  private static void runs(Arena arena) {
    FakeEngine fake = new FakeEngine(arena, MemorySegment.NULL);
    try (NativeContext context = context(fake, false)) {
      System.out.println("first: " + run(context, 1, 2) + " " + fake.calls);
      fake.calls.clear();
      System.out.println("again: " + run(context, 3, 4) + " " + fake.calls);
      fake.calls.clear();
      System.out.println("other shape: " + run(context, 5) + " " + fake.calls);
      fake.calls.clear();
      System.out.println("other profile: " + run(context, 1, 2, 3, 4, 5, 6, 7) + " " + fake.calls);
      fake.calls.clear();
      System.out.println("first profile: " + run(context, 1, 2) + " " + fake.calls);
      fake.calls.clear();
      fake.succeeds = false;
      try {
        run(context, 1);
      } catch (TensorRtException e) {
        System.out.println("failure: " + e.getMessage());
      }
      fake.succeeds = true;
      System.out.println("after failure: " + run(context, 9));
      System.out.println(
          "times: " + context.time(Map.of("x", floats(1, 2)), Set.of("y")).compute());
      System.out.println("live: " + NativeCounters.live());
    }
  }

  private static void staysOnTheDevice(Arena arena) throws Throwable {
    FakeEngine fake = new FakeEngine(arena, MemorySegment.NULL);
    try (NativeContext context = context(fake, false);
        NativeDeviceMemory x = new NativeDeviceMemory(12);
        NativeDeviceMemory y = new NativeDeviceMemory(12)) {
      x.write(floats(1, 2, 3).bytes());
      int before = count("stub_copies");
      context.input("x", Shape.of(3), x);
      context.output("y", y);
      context.enqueue();
      context.synchronize();
      MemorySegment read = MemorySegment.ofArray(new byte[12]);
      y.read(read);
      System.out.println(
          "resident: "
              + Arrays.toString(Tensor.of(DataType.FLOAT, Shape.of(3), read).toFloats())
              + " after copies: "
              + (count("stub_copies") - before));
      refused("too small", () -> context.input("x", Shape.of(4), x));
      refused("run after that", context::enqueue);
      context.input("x", Shape.of(2), null);
      context.staging("x").copyFrom(floats(7, 8).bytes());
      context.enqueue();
      context.synchronize();
      MemorySegment two = MemorySegment.ofArray(new byte[8]);
      y.read(two);
      System.out.println(
          "from the host: "
              + Arrays.toString(Tensor.of(DataType.FLOAT, Shape.of(2), two).toFloats()));
      context.input("x", Shape.of(3), x);
      try (NativeDeviceMemory less = new NativeDeviceMemory(4)) {
        context.input("x", Shape.of(1), less);
        context.enqueue();
        System.out.println("less memory: taken");
      }
      refused("closed memory", context::enqueue);
    }
  }

  private static void endsAccessToStaging(Arena arena) {
    FakeEngine fake = new FakeEngine(arena, MemorySegment.NULL);
    MemorySegment small;
    MemorySegment large;
    try (NativeContext context = context(fake, false)) {
      context.input("x", Shape.of(1), null);
      small = context.staging("x");
      small.set(ValueLayout.JAVA_FLOAT, 0, 1);
      context.input("x", Shape.of(16), null);
      refused("staging that was replaced", () -> small.get(ValueLayout.JAVA_FLOAT, 0));
      large = context.staging("x");
      large.set(ValueLayout.JAVA_FLOAT, 60, 1);
    }
    refused("staging that was freed", () -> large.get(ValueLayout.JAVA_FLOAT, 0));
  }

  /// Both inputs are small or both are large.
  private static void choosesByAllInputs(Arena arena) {
    FakeEngine fake = new FakeEngine(arena, MemorySegment.NULL);
    fake.served =
        List.of(
            Map.of("x", new long[] {1, 4}, "w", new long[] {1, 4}),
            Map.of("x", new long[] {8, 16}, "w", new long[] {8, 16}));
    List<Map<String, ShapeRange>> profiles =
        List.of(
            Map.of("x", range(1, 4), "w", range(1, 4)),
            Map.of("x", range(8, 16), "w", range(8, 16)));
    TensorSpec w = new TensorSpec("w", DataType.FLOAT, Shape.of(Dim.UNKNOWN));
    try (NativeContext context =
        NativeContext.create(fake.engine(), List.of(X, w), List.of(Y), profiles, false)) {
      context.input("x", Shape.of(2), null);
      refused("without the other input", context::enqueue);
      context.input("w", Shape.of(2), null);
      context.enqueue();
      System.out.println("both small: " + fake.calls);
      fake.calls.clear();
      context.input("x", Shape.of(8), null);
      context.input("w", Shape.of(9), null);
      context.enqueue();
      System.out.println("both large: " + fake.calls);
      fake.calls.clear();
      context.input("x", Shape.of(3), null);
      refused("one of each", context::enqueue);
      context.input("w", Shape.of(4), null);
      context.enqueue();
      System.out.println("both small again: " + fake.calls);
      fake.calls.clear();
      System.out.println(
          "at once: "
              + context.run(Map.of("x", floats(new float[8]), "w", floats(new float[8])), Set.of())
              + " "
              + fake.calls);
      fake.consistent = false;
      context.input("x", Shape.of(9), null);
      refused("no agreement", context::enqueue);
    }
  }

  private static ShapeRange range(long least, long most) {
    return new ShapeRange(Shape.of(least), Shape.of(least), Shape.of(most));
  }

  private static void refused(String what, Runnable action) {
    try {
      action.run();
      System.out.println(what + ": not refused");
    } catch (RuntimeException e) {
      System.out.println(what + ": " + e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private static void recordsGraphs(Arena arena) throws Throwable {
    FakeEngine fake = new FakeEngine(arena, MemorySegment.NULL);
    try (NativeContext context = context(fake, true)) {
      for (int i = 0; i < 4; i++) {
        run(context, 1, 2);
      }
      System.out.println(
          "captured: " + context.isCaptured() + ", launches " + count("stub_launches"));
      System.out.println("graphs: " + NativeCounters.live().get(NativeCounters.Kind.GRAPH));
      run(context, 1, 2, 3);
      System.out.println("after another shape: " + context.isCaptured());
    }
  }

  private static void allocatesNothing(Arena arena) {
    MemorySegment succeeds = symbol("stub_true");
    FakeEngine fake = new FakeEngine(arena, succeeds);
    try (NativeContext context = context(fake, false)) {
      context.input("x", Shape.of(4), null);
      for (int i = 0; i < 20_000; i++) {
        context.enqueue();
        context.synchronize();
      }
      var thread = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = thread.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 10_000; i++) {
        context.enqueue();
        context.synchronize();
      }
      long bytes = thread.getCurrentThreadAllocatedBytes() - before;
      System.out.println("bytes per call: " + bytes / 10_000);
      long start = System.nanoTime();
      for (int i = 0; i < 100_000; i++) {
        context.enqueue();
        context.synchronize();
      }
      System.out.println("nanoseconds per call: " + (System.nanoTime() - start) / 100_000);
    }
  }

  private static NativeContext context(FakeEngine fake, boolean graphs) {
    return NativeContext.create(fake.engine(), List.of(X), List.of(Y), PROFILES, graphs);
  }

  private static String run(NativeContext context, float... x) {
    Map<String, Tensor> results = context.run(Map.of("x", floats(x)), Set.of("y"));
    return Arrays.toString(results.get("y").toFloats());
  }

  private static Tensor floats(float... values) {
    return Tensor.ofFloats(Shape.of(values.length), values);
  }

  private static int count(String function) throws Throwable {
    return (int)
        Linker.nativeLinker()
            .downcallHandle(symbol(function), FunctionDescriptor.of(ValueLayout.JAVA_INT))
            .invokeExact();
  }

  private static MemorySegment symbol(String name) {
    return SymbolLookup.libraryLookup("libcudart.so.13", Arena.global()).find(name).orElseThrow();
  }
}
