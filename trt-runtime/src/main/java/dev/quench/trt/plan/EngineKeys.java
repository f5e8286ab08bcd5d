// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import dev.quench.run.Precision;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.TacticSource;
import dev.quench.trt.internal.CudaDevice;
import dev.quench.trt.internal.Environment;
import dev.quench.trt.internal.build.BuildSettings;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/// Collects everything that determines a build. A fact that is too long to read is replaced by its
/// hash.
public final class EngineKeys {
  private static final int LONGEST_FACT = 1000;

  private EngineKeys() {}

  /// @param onnxSha256 of the serialized model that TensorRT gets
  /// @param calibration identifies the ranges of implicit INT8; empty without it
  public static EngineKey of(
      String onnxSha256,
      Precision precision,
      BuildSettings settings,
      String calibration,
      List<PluginLibrary> plugins,
      Environment environment) {
    return new EngineKey(
        request(onnxSha256, precision, settings, calibration, plugins),
        machine(environment, settings.portability()));
  }

  private static Map<String, String> request(
      String onnxSha256,
      Precision precision,
      BuildSettings settings,
      String calibration,
      List<PluginLibrary> plugins) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", onnxSha256);
    facts.put("precision", precision.name());
    BuildSettings.Arithmetic arithmetic = settings.arithmetic();
    facts.put("typing", arithmetic.stronglyTyped() ? "strong" : "weak");
    facts.put("tf32", Boolean.toString(arithmetic.tf32()));
    facts.put("implicitInt8", fact(calibration));
    facts.put("fp32Nodes", fact(String.join("\n", arithmetic.fp32Nodes())));
    facts.put("profiles", fact(profiles(settings.profiles())));
    facts.put("workspaceBytes", number(settings.limits().workspaceBytes()));
    facts.put("tacticMemoryBytes", number(settings.limits().tacticMemoryBytes()));
    OptionalInt level = settings.limits().optimizationLevel();
    facts.put("optimizationLevel", level.isPresent() ? level.getAsInt() + "" : "default");
    facts.put("tacticSources", sources(settings.limits().tacticSources()));
    facts.put("sparseWeights", Boolean.toString(settings.sparseWeights()));
    facts.put("refittable", Boolean.toString(settings.portability().refittable()));
    facts.put("versionCompatible", Boolean.toString(settings.portability().versionCompatible()));
    facts.put("hardware", settings.portability().hardware().name());
    facts.put(
        "plugins", fact(String.join(" ", plugins.stream().map(PluginLibrary::sha256).toList())));
    return facts;
  }

  private static Map<String, String> machine(
      Environment environment, BuildSettings.Portability portability) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("TensorRT", environment.tensorRtVersion());
    facts.put("CUDA driver", environment.cudaDriver());
    facts.put("CUDA runtime", environment.cudaRuntime());
    CudaDevice device = environment.device();
    switch (portability.hardware()) {
      case SAME_GPU -> {
        facts.put("GPU", device.name());
        facts.put("compute capability", device.computeCapability());
        facts.put("GPU memory", device.memoryBytes() + " bytes");
        facts.put("multiprocessors", Integer.toString(device.multiprocessors()));
      }
      case SAME_COMPUTE_CAPABILITY -> facts.put("compute capability", device.computeCapability());
      case AMPERE_PLUS -> facts.put("compute capability", "8.0 or newer");
    }
    facts.put("platform", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    return facts;
  }

  private static String profiles(List<Map<String, ShapeRange>> profiles) {
    StringBuilder text = new StringBuilder();
    for (Map<String, ShapeRange> profile : profiles) {
      text.append(text.isEmpty() ? "" : " | ");
      profile.forEach((input, range) ->
          text.append("'%s' %s:%s:%s ".formatted(input, range.min(), range.opt(), range.max())));
    }
    return text.toString().strip();
  }

  private static String sources(Set<TacticSource> sources) {
    return sources.isEmpty()
        ? "default"
        : String.join(" ", sources.stream().map(TacticSource::name).toList());
  }

  private static String number(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : "default";
  }

  private static String fact(String text) {
    return text.length() <= LONGEST_FACT
        ? text
        : "sha256 " + PlanBytes.sha256(text.getBytes(StandardCharsets.UTF_8));
  }
}
