// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

/// Additional sources of kernels for TensorRT's builder; see
/// [EngineBuilder.tacticSources][dev.quench.trt.build.EngineBuilder#tacticSources].
public enum TacticSource {
  /// cuBLAS; TensorRT 10 only, needs NVIDIA's library.
  CUBLAS,
  /// cuBLASLt; TensorRT 10 only, needs NVIDIA's library.
  CUBLAS_LT,
  /// cuDNN; TensorRT 10 only, needs NVIDIA's library.
  CUDNN,
  /// Convolutions that read their padding from tables.
  EDGE_MASK_CONVOLUTIONS,
  /// Convolutions that are compiled during the build.
  JIT_CONVOLUTIONS;

  /// Whether the kernels come from another library, which TensorRT does not use for portable
  /// engines.
  public boolean isExternal() {
    return this == CUBLAS || this == CUBLAS_LT || this == CUDNN;
  }
}
