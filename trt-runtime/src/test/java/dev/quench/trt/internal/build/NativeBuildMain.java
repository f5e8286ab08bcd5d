// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.run.Progress;
import dev.quench.tensor.Shape;
import dev.quench.trt.HardwareCompatibility;
import dev.quench.trt.TacticSource;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.inspect.TensorRtProbe;
import dev.quench.trt.internal.FakeBuilder;
import dev.quench.trt.internal.FakeFeed;
import dev.quench.trt.internal.NativeAddress;
import dev.quench.trt.internal.NativeCounters;
import dev.quench.trt.internal.ProcessLogger;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.ILogger.Severity;

/// Builds with a fake builder through the real bindings and prints what happens.
final class NativeBuildMain {
  private static final TimingStore TIMES =
      new TimingStore() {
        @Override
        public byte[] read() {
          return new byte[0];
        }

        @Override
        public void update(UnaryOperator<byte[]> merge) {
          System.out.println("times kept: " + merge.apply(new byte[0]).length);
        }
      };

  private NativeBuildMain() {}

  public static void main(String[] arguments) {
    System.out.println("state: " + TensorRtBindings.state());
    System.out.println("finding: " + TensorRtProbe.findings().getLast());
    build("ordinary", () -> true);
    build(
        "while another thread fails",
        () -> {
          inAnotherThread(() -> log(Severity.kERROR, "of another build"));
          return true;
        });
    build(
        "without kernels",
        () -> {
          log(
              Severity.kVERBOSE,
              "conv1: Skipping tactic 0x12 due to insufficient memory on requested size of 99");
          log(Severity.kWARNING, "conv1: Skipping tactic 0x13 due to exception CUDA error 222");
          log(
              Severity.kERROR,
              "IBuilder::buildSerializedNetwork: Error Code 10: Internal Error (Could not find any implementation for node conv1 + relu1. In computeCosts at /_src/x.cpp:1)");
          return false;
        });
    calibrates("with fixed dimensions", 4, 2);
    calibrates("with a free dimension", -1, 2);
    roots();
    System.out.println("left: " + NativeCounters.live());
  }

  private static void build(String what, BooleanSupplier succeeds) {
    try (Arena arena = Arena.ofShared()) {
      FakeBuilder fake = new FakeBuilder(arena, succeeds);
      try (NativeScope outliving = new NativeScope();
          NativeScope scope = new NativeScope()) {
        long mark = ProcessLogger.LOG.mark();
        var builder = scope.own(fake.builder(), "createInferBuilder", mark);
        var network = scope.own(fake.network(), "createNetworkV2", mark);
        try (NativeBuild built =
            new NetworkBuild(builder, network, settings(), hooks()).run(outliving, mark)) {
          System.out.println(what + ": " + built.plan().bytes().byteSize() + " bytes");
        }
      } catch (TensorRtException e) {
        System.out.println(what + ": " + e.getMessage());
      }
      System.out.println(what + " destroyed: " + fake.objects.destroyed);
      System.out.println(what + " sources: " + Integer.toBinaryString(fake.tacticSources));
      System.out.println(what + " others: " + fake.objects.others);
    }
  }

  private static void calibrates(String what, long... shape) {
    try (Arena arena = Arena.ofShared()) {
      FakeBuilder fake = new FakeBuilder(arena, () -> true);
      fake.inputShape = shape;
      try (NativeScope outliving = new NativeScope();
          NativeScope scope = new NativeScope()) {
        long mark = ProcessLogger.LOG.mark();
        var builder = scope.own(fake.builder(), "createInferBuilder", mark);
        var network = scope.own(fake.network(), "createNetworkV2", mark);
        FakeFeed feed = new FakeFeed(CalibrationFeed.Algorithm.ENTROPY_2, Optional.empty(), 4);
        feed.shapes = Map.of("x", Shape.of(4, 2));
        BuildHooks hooks =
            new BuildHooks(Progress.NONE, () -> false, Optional.of(feed), Optional.empty());
        try (NativeBuild built =
            new NetworkBuild(builder, network, settings(), hooks).run(outliving, mark)) {
          System.out.println(what + ": " + built.plan().bytes().byteSize() + " bytes");
        }
      } catch (TensorRtException e) {
        System.out.println(what + ": " + e.getMessage());
      }
      System.out.println(what + " others: " + fake.objects.others);
    }
  }

  private static void roots() {
    try (Arena arena = Arena.ofShared();
        NativeScope scope = new NativeScope()) {
      long mark = ProcessLogger.LOG.mark();
      inAnotherThread(() -> log(Severity.kERROR, "of another build"));
      scope.ownRoot(new FakeBuilder(arena, () -> true).builder(), "createInferBuilder", mark);
      System.out.println("an object: taken");
      scope.ownRoot(new IBuilder(new NativeAddress(0x238)), "createInferBuilder", mark);
    } catch (TensorRtException e) {
      System.out.println("no object: " + e.getMessage());
    }
  }

  private static void log(Severity severity, String message) {
    ProcessLogger.INSTANCE.log(severity, message);
  }

  private static void inAnotherThread(Runnable action) {
    Thread thread = Thread.ofPlatform().start(action);
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static BuildSettings settings() {
    return new BuildSettings(
        new BuildSettings.Arithmetic(false, false, false, false, false, Set.of()),
        List.of(Map.of()),
        new BuildSettings.Limits(
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalInt.empty(),
            Set.of(TacticSource.CUBLAS, TacticSource.JIT_CONVOLUTIONS)),
        new BuildSettings.Portability(false, false, HardwareCompatibility.SAME_GPU),
        false,
        List.of());
  }

  private static BuildHooks hooks() {
    return new BuildHooks(Progress.NONE, () -> false, Optional.empty(), Optional.of(TIMES));
  }
}
