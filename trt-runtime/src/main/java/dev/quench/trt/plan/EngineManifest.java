// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import dev.quench.run.Precision;
import dev.quench.trt.HardwareCompatibility;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.CudaDevice;
import dev.quench.trt.internal.Environment;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The origin and target of an engine; stored as a small JSON file beside the plan.
///
/// It guards against mistakes (an engine for another GPU or TensorRT, a truncated plan), not
/// against attacks: anyone who can write the plan can write the manifest.
///
/// @param tensorRtVersion for example `10.15.1.29`
/// @param gpuName as the driver names it
/// @param computeCapability for example `8.9`
/// @param modelDigest canonical digest of the model, 64 hexadecimal digits
/// @param precision requested for the build
/// @param hardware the GPUs that can run it
/// @param versionCompatible whether newer releases of the same major version of TensorRT load it
/// @param plugins SHA-256 of each library of plug-ins that it needs, by file name
/// @param key everything that determined the build
/// @param planSha256 of the plan's bytes, 64 hexadecimal digits
public record EngineManifest(
    String tensorRtVersion,
    String gpuName,
    String computeCapability,
    String modelDigest,
    Precision precision,
    HardwareCompatibility hardware,
    boolean versionCompatible,
    Map<String, String> plugins,
    EngineKey key,
    String planSha256) {
  /// Larger than any manifest.
  static final int MAX_BYTES = 256 * 1024;

  private static final int AMPERE_MAJOR = 8;
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern VERSION = Pattern.compile("[0-9]{1,5}(\\.[0-9]{1,9}){1,3}");

  /// @throws IllegalArgumentException if a version or digest is malformed
  public EngineManifest {
    require(VERSION.matcher(tensorRtVersion).matches(), "tensorRtVersion", tensorRtVersion);
    require(VERSION.matcher(computeCapability).matches(), "computeCapability", computeCapability);
    require(DIGEST.matcher(modelDigest).matches(), "modelDigest", modelDigest);
    require(DIGEST.matcher(planSha256).matches(), "planSha256", planSha256);
    plugins = Collections.unmodifiableMap(new TreeMap<>(plugins));
    plugins.values().forEach(sha -> require(DIGEST.matcher(sha).matches(), "plugins", sha));
  }

  public EngineManifest withPlan(String sha256) {
    return new EngineManifest(
        tensorRtVersion,
        gpuName,
        computeCapability,
        modelDigest,
        precision,
        hardware,
        versionCompatible,
        plugins,
        key,
        sha256);
  }

  /// This manifest for an engine with exchanged weights.
  public EngineManifest withModel(String digest) {
    return new EngineManifest(
        tensorRtVersion,
        gpuName,
        computeCapability,
        digest,
        precision,
        hardware,
        versionCompatible,
        plugins,
        key,
        planSha256);
  }

  /// @param where the plan's file, for messages
  /// @throws TensorRtException if the engine was built for another TensorRT or GPU, naming both
  public void requireMachine(String where, Environment here) {
    if (!versionCompatible || !isNewerOfSameLine(here.tensorRtVersion())) {
      requireEqual(where, "TensorRT", tensorRtVersion, here.tensorRtVersion());
    }
    CudaDevice device = here.device();
    switch (hardware) {
      case SAME_GPU -> {
        requireEqual(where, "compute capability", computeCapability, device.computeCapability());
        requireEqual(where, "GPU", gpuName, device.name());
      }
      case SAME_COMPUTE_CAPABILITY ->
          requireEqual(where, "compute capability", computeCapability, device.computeCapability());
      case AMPERE_PLUS -> {
        if (!device.isAtLeast(AMPERE_MAJOR, 0)) {
          throw new TensorRtException(
              "%s does not fit: it is for GPUs from compute capability 8.0 on, here is %s; build the engine again"
                  .formatted(where, device));
        }
      }
    }
  }

  /// @param where the plan's file, for messages
  /// @throws TensorRtException if the plan is not the one that the manifest was written for
  public void requirePlan(String where, String sha256) {
    requireEqual(where, "SHA-256", planSha256, sha256);
  }

  /// @param where the plan's file, for messages
  /// @throws TensorRtException if a library that the engine needs is not among `given`
  public void requirePlugins(String where, List<PluginLibrary> given) {
    plugins.forEach((name, sha) -> {
      if (given.stream().noneMatch(library -> library.sha256().equals(sha))) {
        throw new TensorRtException(
            "%s needs the plug-in library %s with SHA-256 %s, which was not given; name its file"
                .formatted(where, name, sha));
      }
    });
  }

  String toJson() {
    return ManifestJson.text(this);
  }

  /// @param where the file, for messages
  /// @throws TensorRtException unless the bytes are a manifest of this version
  static EngineManifest parse(byte[] bytes, String where) {
    return ManifestJson.parse(bytes, where);
  }

  private boolean isNewerOfSameLine(String version) {
    String[] built = tensorRtVersion.split("\\.", -1);
    String[] here = version.split("\\.", -1);
    if (!built[0].equals(here[0])) {
      return false;
    }
    for (int i = 1; i < Math.min(built.length, here.length); i++) {
      int order = Integer.compare(Integer.parseInt(here[i]), Integer.parseInt(built[i]));
      if (order != 0) {
        return order > 0;
      }
    }
    return true;
  }

  private static void requireEqual(String where, String what, String recorded, String actual) {
    if (!recorded.equals(actual)) {
      throw new TensorRtException(
          "%s does not fit: its manifest says %s %s, here is %s; build the engine again"
              .formatted(where, what, recorded, actual));
    }
  }

  private static void require(boolean holds, String key, String value) {
    if (!holds) {
      throw new IllegalArgumentException("\"" + key + "\" is malformed: '" + value + "'");
    }
  }
}
