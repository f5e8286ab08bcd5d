// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.execute.DeclaredTensors;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.inspect.BuildReport;
import dev.quench.trt.inspect.EngineLayers;
import dev.quench.trt.internal.build.CalibrationFeed;
import dev.quench.trt.internal.build.NativeBuild;
import dev.quench.trt.internal.execute.NativeEngine;
import dev.quench.trt.plan.EngineManifest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Makes an engine from the result of a build.
final class BuiltPlan {
  private static final System.Logger LOGGER = System.getLogger("dev.quench.trt");

  private BuiltPlan() {}

  /// Loads the plan; the caller keeps ownership of it.
  ///
  /// @param remarks prepended to TensorRT's warnings
  /// @param start of the build, from `System.nanoTime()`
  /// @return to be closed by the caller
  static Engine load(
      NativeBuild built,
      EngineManifest manifest,
      DeclaredTensors declared,
      Optional<CalibrationFeed> feed,
      List<String> remarks,
      long start) {
    NativeEngine loaded =
        NativeEngine.deserialize(built.plan().bytes(), manifest.versionCompatible());
    try {
      List<String> warnings = new ArrayList<>(remarks);
      warnings.addAll(built.log());
      BuildReport report =
          new BuildReport(
              (System.nanoTime() - start) / 1e9,
              built.plan().bytes().byteSize(),
              layers(loaded),
              warnings,
              feed.flatMap(BuiltPlan::madeCache));
      return Engine.of(loaded, manifest, declared, report);
    } catch (RuntimeException | Error e) {
      loaded.close();
      throw e;
    }
  }

  /// An unreadable description of the layers does not fail the build.
  private static EngineLayers layers(NativeEngine engine) {
    try {
      return EngineLayers.parse(engine.layerInformation());
    } catch (TensorRtException e) {
      LOGGER.log(System.Logger.Level.WARNING, "the layers are unknown: " + e.getMessage());
      return EngineLayers.UNKNOWN;
    }
  }

  private static Optional<TensorRtCache> madeCache(CalibrationFeed feed) {
    return feed instanceof BatchFeed batches && batches.cache().length > 0
        ? Optional.of(
            TensorRtCache.parse(
                new String(batches.cache(), StandardCharsets.UTF_8), "TensorRT's cache"))
        : Optional.empty();
  }
}
