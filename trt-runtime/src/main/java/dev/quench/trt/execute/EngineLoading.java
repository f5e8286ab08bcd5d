// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.trt.inspect.TensorRtProbe;
import dev.quench.trt.internal.NativePlugins;
import dev.quench.trt.internal.execute.NativeEngine;
import dev.quench.trt.plan.EngineFiles;
import dev.quench.trt.plan.EngineManifest;
import dev.quench.trt.plan.EngineTrust;
import dev.quench.trt.plan.PlanBytes;
import dev.quench.trt.plan.PluginLibrary;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads plans and their manifests, checks them, and loads engines.
final class EngineLoading {
  private EngineLoading() {}

  static Engine load(Path plan, EngineTrust trust, List<Path> plugins) throws IOException {
    List<PluginLibrary> libraries = new ArrayList<>();
    for (Path plugin : plugins) {
      libraries.add(PluginLibrary.of(plugin));
    }
    return switch (trust) {
      case MANIFEST -> {
        EngineManifest manifest = EngineFiles.readManifest(plan);
        yield load(plan, manifest, DeclaredTensors.NONE, libraries);
      }
      case FOREIGN -> {
        TensorRtProbe.require();
        NativePlugins.load(plugins);
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment bytes = PlanBytes.read(plan, arena);
          // Trust in a foreign engine covers the host code in it.
          yield new Engine(NativeEngine.deserialize(bytes, true), null, DeclaredTensors.NONE, null);
        }
      }
    };
  }

  static Engine load(
      Path plan, EngineManifest manifest, DeclaredTensors declared, List<PluginLibrary> libraries)
      throws IOException {
    manifest.requirePlugins(plan.toString(), libraries);
    manifest.requireMachine(plan.toString(), TensorRtProbe.require());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = PlanBytes.read(plan, arena);
      manifest.requirePlan(plan.toString(), PlanBytes.sha256(bytes));
      NativePlugins.load(libraries.stream().map(PluginLibrary::file).toList());
      return new Engine(
          NativeEngine.deserialize(bytes, manifest.versionCompatible()), manifest, declared, null);
    }
  }
}
