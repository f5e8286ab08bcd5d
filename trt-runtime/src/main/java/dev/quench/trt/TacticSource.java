// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

/// Where TensorRT's builder may take kernels from besides its own; see
/// [EngineBuilder.tacticSources][dev.quench.trt.build.EngineBuilder#tacticSources].
public enum TacticSource {
  /// cuBLAS; TensorRT 10 only, needs NVIDIA's library.
  CUBLAS,
  /// cuBLASLt; TensorRT 10 only, needs NVIDIA's library.
  CUBLAS_LT,
  /// cuDNN; TensorRT 10 only, needs NVIDIA's library.
  CUDNN,
  /// Convolutions that look their padding up in tables.
  EDGE_MASK_CONVOLUTIONS,
  /// Convolutions that are compiled during the build.
  JIT_CONVOLUTIONS;

  /// Whether the kernels are those of another library, which TensorRT does not use for engines that
  /// run elsewhere too.
  public boolean isExternal() {
    return this == CUBLAS || this == CUBLAS_LT || this == CUDNN;
  }
}
