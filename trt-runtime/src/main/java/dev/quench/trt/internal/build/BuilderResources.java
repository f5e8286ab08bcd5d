// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.internal.CudaDevice;
import dev.quench.trt.internal.ProcessMaps;
import dev.quench.trt.internal.PtxIsa;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// The libraries with the kernels that TensorRT's builder chooses from: one with PTX for all GPUs
/// and, in NVIDIA's packages, one for each architecture. Built engines need none.
public final class BuilderResources {
  private static final String PREFIX = "libnvinfer_builder_resource_";
  private static final String TENSORRT = "libnvinfer.so." + TensorRtRelease.MAJOR;

  private final String version;
  private final Map<String, Path> files;

  private BuilderResources(String version, Map<String, Path> files) {
    this.version = version;
    this.files = files;
  }

  /// Why builds may fail here although TensorRT loads.
  ///
  /// @param reason one line
  /// @param remedy one line
  public record Doubt(String reason, String remedy) {}

  /// Looks beside the loaded TensorRT, and in `java.library.path`.
  ///
  /// @param tensorRt its version, for example `10.15.1.29`
  public static BuilderResources find(String tensorRt) {
    Set<Path> folders = new LinkedHashSet<>();
    ProcessMaps.read()
        .ifPresent(
            maps -> maps.librariesNamed(TENSORRT).forEach(file -> folders.add(file.getParent())));
    for (String folder :
        System.getProperty("java.library.path", "").split(File.pathSeparator, -1)) {
      if (!folder.isEmpty()) {
        folders.add(Path.of(folder));
      }
    }
    return in(List.copyOf(folders), tensorRt);
  }

  /// @param folders in order; the first file of a name wins
  static BuilderResources in(List<Path> folders, String tensorRt) {
    // TensorRT opens only files of its version, without the build number.
    String version = tensorRt.substring(0, tensorRt.lastIndexOf('.'));
    Map<String, Path> files = new TreeMap<>();
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (DirectoryStream<Path> found =
          Files.newDirectoryStream(folder, PREFIX + "*.so." + version)) {
        found.forEach(file -> files.putIfAbsent(String.valueOf(file.getFileName()), file));
      } catch (IOException e) {
        // TensorRT cannot use an unreadable folder either.
      }
    }
    return new BuilderResources(version, files);
  }

  /// The names of the found files.
  public List<String> names() {
    return new ArrayList<>(files.keySet());
  }

  /// Why builds may fail on a machine; empty if no reason is known.
  ///
  /// @param driverCuda newest CUDA that the driver supports, as `1000 * major + 10 * minor`
  public Optional<Doubt> doubt(CudaDevice device, int driverCuda) {
    if (files.isEmpty()) {
      return Optional.of(
          new Doubt(
              "no %s*.so.%s was found, so engines can be loaded but not built"
                  .formatted(PREFIX, version),
              "install all libraries of TensorRT " + version + " into one folder"));
    }
    String own = name("sm" + device.computeMajor() + device.computeMinor());
    String portable = name("ptx");
    if (files.containsKey(own)) {
      return Optional.empty();
    }
    Path ptx = files.get(portable);
    if (ptx == null) {
      return Optional.of(
          new Doubt(
              "neither %s for this GPU nor %s was found".formatted(own, portable),
              "install all libraries of TensorRT " + version + " into one folder"));
    }
    return tooNew(ptx, driverCuda)
        .map(isa ->
            new Doubt(
                ("the driver supports CUDA %s, but the portable kernels of TensorRT's builder, %s, need CUDA %s (%s),"
                        + " and no %s has kernels for this GPU; FP16 and INT8 may still build,"
                        + " FP32, TF32, BF16 and TensorRT's own calibration may not")
                    .formatted(
                        cuda(driverCuda), portable, cuda(isa.neededCuda().orElseThrow()), isa, own),
                "install a driver for CUDA %s or newer, or TensorRT %s from NVIDIA's tarball or packages, which have %s, and put its folder on LD_LIBRARY_PATH"
                    .formatted(cuda(isa.neededCuda().orElseThrow()), version, own)));
  }

  private static Optional<PtxIsa> tooNew(Path ptx, int driverCuda) {
    try {
      return PtxIsa.read(ptx)
          .filter(isa -> isa.neededCuda().isPresent() && isa.neededCuda().getAsInt() > driverCuda);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private String name(String part) {
    return PREFIX + part + ".so." + version;
  }

  private static String cuda(int version) {
    return "%d.%d".formatted(version / 1000, version % 1000 / 10);
  }
}
