// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A shared library that the bindings of TensorRT and CUDA link against.
///
/// It is looked for where JavaCPP and the dynamic linker will: in a `redist` jar on the class path,
/// in `java.library.path`, then by name. One that the dynamic linker finds stays loaded, so that
/// the bindings get that very file.
///
/// @param soname for example `libcudart.so.13`
/// @param bundle preset whose `redist` jar may hold it: `cuda` or `tensorrt`
/// @param remedy what the user can do when it is missing
public record RequiredLibrary(String soname, String bundle, String remedy) {
  private static final String CUDA =
      "install CUDA 13 (toolkit or runtime packages) and put its lib64 on LD_LIBRARY_PATH";
  private static final String CUDNN =
      "install cuDNN 9 for CUDA 13; the bindings link against it though TensorRT does not call it";
  private static final String TENSORRT =
      "install TensorRT "
          + TensorRtRelease.NEEDED
          + " and put its lib folder on LD_LIBRARY_PATH, or build with -Ptensorrt-redist";

  /// All that are needed, in the order in which they load.
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

  /// What engines for other versions of TensorRT carry along; only builds of such engines need it.
  public static final RequiredLibrary LEAN_RUNTIME =
      new RequiredLibrary(
          "libnvinfer_lean.so." + TensorRtRelease.MAJOR,
          "tensorrt",
          "install NVIDIA's TensorRT packages, which have it; the redist jar does not");

  /// Where the library is, in words; empty when it is nowhere.
  public Optional<String> locate() {
    String resource = "org/bytedeco/%s/%s/%s".formatted(bundle, platform(), soname);
    if (RequiredLibrary.class.getClassLoader().getResource(resource) != null) {
      return Optional.of("in the redist jar");
    }
    return onLibraryPath().or(this::byDynamicLinker);
  }

  private Optional<String> onLibraryPath() {
    for (String folder :
        System.getProperty("java.library.path", "").split(File.pathSeparator, -1)) {
      File file = new File(folder, soname);
      if (!folder.isEmpty() && file.isFile()) {
        return Optional.of(file.toString());
      }
    }
    return Optional.empty();
  }

  private Optional<String> byDynamicLinker() {
    try {
      SymbolLookup.libraryLookup(soname, Arena.global());
      return Optional.of("by the dynamic linker");
    } catch (IllegalArgumentException | IllegalCallerException e) {
      return Optional.empty();
    }
  }

  /// As JavaCPP names it.
  private static String platform() {
    String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return switch (architecture) {
      case "amd64" -> "linux-x86_64";
      case "aarch64" -> "linux-arm64";
      default -> "linux-" + architecture;
    };
  }
}
