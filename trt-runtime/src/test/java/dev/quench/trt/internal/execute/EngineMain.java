// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import dev.quench.graph.Graph;
import dev.quench.graph.OpsetImports;
import dev.quench.run.Session;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.execute.DeclaredTensors;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.execute.ExecutionContext;
import dev.quench.trt.execute.RunOptions;
import dev.quench.trt.execute.Taps;
import dev.quench.trt.internal.FakeEngine;
import dev.quench.trt.internal.NativeCounters;
import dev.quench.trt.internal.build.NativeScope;
import dev.quench.trt.internal.build.TensorRtBindings;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/// Uses a fake engine from several threads through the real bindings and prints what happens.
final class EngineMain {
  private static final RunOptions PLAIN = RunOptions.DEFAULT.withCudaGraphs(false);
  private static final Map<String, Tensor> INPUTS =
      Map.of("x", Tensor.ofFloats(Shape.of(2), new float[] {1, 2}));

  private EngineMain() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("state: " + TensorRtBindings.state());
    try (Arena arena = Arena.ofShared()) {
      closesWhileItRuns(arena);
      closesInATap(arena);
    }
    System.out.println("left: " + NativeCounters.live());
  }

  private static void closesWhileItRuns(Arena arena) throws InterruptedException {
    FakeEngine fake = new FakeEngine(arena, MemorySegment.NULL);
    Engine engine = engine(fake);
    ExecutionContext context = engine.openContext(PLAIN);
    context.input("x", Shape.of(2));
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    fake.during =
        () -> {
          begun.countDown();
          await(goOn);
          System.out.println("inference: ends");
        };
    Thread running = Thread.ofPlatform().start(context::run);
    begun.await();
    Thread closing =
        Thread.ofPlatform()
            .start(() -> {
              engine.close();
              System.out.println("engine: closed");
            });
    while (closing.getState() != Thread.State.WAITING && closing.isAlive()) {
      Thread.onSpinWait();
    }
    System.out.println("closing waits: " + closing.isAlive());
    goOn.countDown();
    running.join();
    closing.join();
    refused("run after close", context::run);
    context.close();
    engine.close();
  }

  private static void closesInATap(Arena arena) {
    try (Engine engine = engine(new FakeEngine(arena, MemorySegment.NULL));
        Session session =
            engine.openSession(
                Set.of("y"), new Taps(Set.of("y"), Set.of(), Map.of()), PLAIN, () -> {})) {
      session.observe(
          INPUTS,
          (name, tensor) -> {
            refused("closed by a tap", engine::close);
            refused("refitted by a tap", () -> engine.refit(Map.of()));
          });
      System.out.println("after that: " + Arrays.toString(session.run(INPUTS).get("y").toFloats()));
    }
  }

  private static Engine engine(FakeEngine fake) {
    return Engine.of(
        new NativeEngine(new NativeScope(), fake.engine()),
        null,
        DeclaredTensors.of(new Graph("none", OpsetImports.onnx(17))),
        null);
  }

  private static void refused(String what, Runnable action) {
    try {
      action.run();
      System.out.println(what + ": not refused");
    } catch (IllegalStateException e) {
      System.out.println(what + ": " + e.getMessage());
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
