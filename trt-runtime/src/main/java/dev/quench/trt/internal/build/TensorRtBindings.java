// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import java.util.Optional;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvonnxparser;

/// Loads the bindings once and keeps the result.
///
/// A class of the bindings that fails to initialize stays broken for the life of the JVM and later
/// reports only that, so the first cause is kept. Other code must not use the bindings before
/// [#state] returns [Loaded].
public final class TensorRtBindings {
  private static final String REMEDY =
      "install TensorRT "
          + TensorRtRelease.NEEDED
          + " for CUDA 13, or build with -Ptensorrt-redist";

  private static final String SEVERAL_COPIES =
      "they do not share state and conflict: let LD_LIBRARY_PATH, LD_PRELOAD and other"
          + " libraries of this process lead to one of them";

  private TensorRtBindings() {}

  /// The result of loading.
  public sealed interface State {}

  /// The bindings can be used.
  ///
  /// @param version of TensorRT, for example `10.15.1.29`
  /// @param cudaRuntime for example `13.1`
  public record Loaded(String version, String cudaRuntime) implements State {}

  /// The bindings cannot be used in this JVM.
  ///
  /// @param reason one line
  /// @param remedy one line
  public record Failed(String reason, String remedy) implements State {}

  private static final class Holder {
    static final State STATE = load();
  }

  /// Loads at the first call; never throws.
  public static State state() {
    return Holder.STATE;
  }

  private static State load() {
    // JavaCPP counts the memory of the whole process against the heap size, which CUDA's mappings
    // would exceed.
    if (System.getProperty("org.bytedeco.javacpp.maxphysicalbytes") == null) {
      System.setProperty("org.bytedeco.javacpp.maxphysicalbytes", "0");
    }
    try {
      LibraryPreload.load(RequiredLibrary.ALL);
      int version = nvinfer.getInferLibVersion();
      String text =
          "%d.%d.%d.%d"
              .formatted(
                  nvinfer.getInferLibMajorVersion(),
                  nvinfer.getInferLibMinorVersion(),
                  nvinfer.getInferLibPatchVersion(),
                  nvinfer.getInferLibBuildVersion());
      if (version < TensorRtRelease.OLDEST_VERSION || version >= TensorRtRelease.NEXT_MAJOR) {
        return new Failed(
            "got TensorRT %s, expected %s".formatted(text, TensorRtRelease.NEEDED), REMEDY);
      }
      nvonnxparser.getNvOnnxParserVersion();
      int[] cuda = new int[1];
      cudart.cudaRuntimeGetVersion(cuda);
      Optional<String> copies = LibraryPreload.copies(RequiredLibrary.ALL);
      if (copies.isPresent()) {
        return new Failed(copies.get(), SEVERAL_COPIES);
      }
      return new Loaded(text, "%d.%d".formatted(cuda[0] / 1000, cuda[0] % 1000 / 10));
    } catch (LinkageError | RuntimeException e) {
      return new Failed("TensorRT's bindings cannot be loaded: " + rootCause(e), REMEDY);
    }
  }

  private static String rootCause(Throwable failure) {
    Throwable cause = failure;
    for (Throwable next = cause.getCause(); next != null; next = cause.getCause()) {
      cause = next;
    }
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }
}
