// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.run.Precision;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.trt.backend.TensorRtBackend;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.build.TimingCache;
import dev.quench.trt.cache.EngineCache;
import dev.quench.trt.execute.DeviceTensor;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.execute.LiveObjects;
import dev.quench.trt.plan.EngineTrust;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Tries all that needs a GPU and prints what comes of it.
final class NoDriverMain {
  private NoDriverMain() {}

  private interface Action {
    void run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    Path plan = Files.write(Path.of("a.engine"), new byte[100]);
    EngineCache cache = EngineCache.open(Path.of("engines"));
    attempt("build", () -> EngineBuilder.of(Models.relu(4)).build().close());
    attempt(
        "build with everything",
        () ->
            EngineBuilder.of(Models.relu(4))
                .precision(Precision.FP16)
                .refittable(true)
                .versionCompatible(true)
                .timings(TimingCache.open(Path.of("timings")))
                .cancelWhen(() -> true)
                .build()
                .close());
    attempt("cache", () -> cache.engine(EngineBuilder.of(Models.relu(4))).engine().close());
    attempt(
        "cached backend",
        () ->
            new TensorRtBackend()
                .cachedIn(cache)
                .open(Models.relu(4), SessionOptions.DEFAULT)
                .close());
    attempt("trusted load", () -> Engine.load(plan, EngineTrust.FOREIGN, List.of()).close());
    attempt("device tensor", () -> DeviceTensor.allocate(DataType.FLOAT, Shape.of(4)).close());
    System.out.println("live: " + LiveObjects.now().total());
  }

  private static void attempt(String what, Action action) throws Exception {
    try {
      action.run();
      System.out.println(what + ": done");
    } catch (TensorRtException e) {
      System.out.println(what + ": " + e.getMessage());
    }
  }
}
