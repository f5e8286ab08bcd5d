// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.internal.ProcessMaps;
import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A shared library that the bindings of TensorRT and CUDA link against.
///
/// Searched in a `redist` jar on the class path, then in `java.library.path`, which begins with
/// `LD_LIBRARY_PATH`, then by name. A library found by the dynamic linker stays loaded.
///
/// @param soname for example `libcudart.so.13`
/// @param bundle preset whose `redist` jar may hold it: `cuda` or `tensorrt`
/// @param remedy what the user can do if it is missing
public record RequiredLibrary(String soname, String bundle, String remedy) {
  private static final String CUDA =
      "install CUDA 13 (toolkit or runtime packages) and put its lib64 on LD_LIBRARY_PATH";
  private static final String CUDNN =
      "install cuDNN 9 for CUDA 13; the bindings link against it although TensorRT does not call it";
  private static final String TENSORRT =
      "install TensorRT "
          + TensorRtRelease.NEEDED
          + " and put its lib folder on LD_LIBRARY_PATH, or build with -Ptensorrt-redist";

  /// All required libraries, in loading order.
  public static final List<RequiredLibrary> ALL =
      List.of(
          new RequiredLibrary("libcudart.so.13", "cuda", CUDA),
          new RequiredLibrary("libcublasLt.so.13", "cuda", CUDA),
          new RequiredLibrary("libcublas.so.13", "cuda", CUDA),
          new RequiredLibrary("libcudnn_graph.so.9", "cuda", CUDNN),
          new RequiredLibrary("libcudnn_ops.so.9", "cuda", CUDNN),
          new RequiredLibrary("libcudnn_cnn.so.9", "cuda", CUDNN),
          new RequiredLibrary("libcudnn_adv.so.9", "cuda", CUDNN),
          new RequiredLibrary("libnvrtc.so.13", "cuda", CUDA),
          new RequiredLibrary("libnvinfer.so." + TensorRtRelease.MAJOR, "tensorrt", TENSORRT),
          new RequiredLibrary("libnvonnxparser.so." + TensorRtRelease.MAJOR, "tensorrt", TENSORRT));

  /// The runtime embedded in version-compatible engines; only builds of such engines need it.
  public static final RequiredLibrary LEAN_RUNTIME =
      new RequiredLibrary(
          "libnvinfer_lean.so." + TensorRtRelease.MAJOR,
          "tensorrt",
          "install NVIDIA's TensorRT packages, which contain it; the redist jar does not");

  /// Describes the location of the library; empty if not found.
  public Optional<String> locate() {
    if (isBundled()) {
      return Optional.of("in the redist jar");
    }
    return onLibraryPath()
        .map(Path::toString)
        .or(() -> byDynamicLinker() ? Optional.of("by the dynamic linker") : Optional.empty());
  }

  /// The file for the bindings; empty if it is in a jar or not found.
  Optional<Path> file() {
    if (isBundled()) {
      return Optional.empty();
    }
    return onLibraryPath()
        .or(() ->
            byDynamicLinker()
                ? ProcessMaps.read().flatMap(m -> m.librariesNamed(soname).stream().findFirst())
                : Optional.empty());
  }

  private boolean isBundled() {
    String resource = "org/bytedeco/%s/%s/%s".formatted(bundle, platform(), soname);
    return RequiredLibrary.class.getClassLoader().getResource(resource) != null;
  }

  private Optional<Path> onLibraryPath() {
    for (String folder :
        System.getProperty("java.library.path", "").split(File.pathSeparator, -1)) {
      Path file = Path.of(folder, soname);
      if (!folder.isEmpty() && Files.isRegularFile(file)) {
        return Optional.of(file.toAbsolutePath());
      }
    }
    return Optional.empty();
  }

  private boolean byDynamicLinker() {
    try {
      SymbolLookup.libraryLookup(soname, Arena.global());
      return true;
    } catch (IllegalArgumentException | IllegalCallerException e) {
      return false;
    }
  }

  /// The name for JavaCPP.
  private static String platform() {
    String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return switch (architecture) {
      case "amd64" -> "linux-x86_64";
      case "aarch64" -> "linux-arm64";
      default -> "linux-" + architecture;
    };
  }
}
