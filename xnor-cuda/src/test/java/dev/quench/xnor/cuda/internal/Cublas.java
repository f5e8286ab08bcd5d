// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.CudaException;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/// NVIDIA's own matrix products.
final class Cublas implements ReferenceProducts {
  private final cublasContext context = new cublasContext();
  private final FloatPointer one = new FloatPointer(1f);
  private final FloatPointer zero = new FloatPointer(0f);
  private final IntPointer oneInt = new IntPointer(new int[] {1});
  private final IntPointer zeroInt = new IntPointer(new int[] {0});

  /// @throws CudaException if cuBLAS is not there
  Cublas(CudaDevice device) {
    if (!SharedLibrary.CUBLAS.isPresent()) {
      throw new CudaException(
          SharedLibrary.CUBLAS.soname() + " is not found; " + SharedLibrary.CUBLAS.remedy());
    }
    require(cublas.cublasCreate_v2(context), "cublasCreate");
    require(cublas.cublasSetStream_v2(context, device.stream()), "cublasSetStream");
    // The default: FP32 in FP32, without TF32.
    require(cublas.cublasSetMathMode(context, cublas.CUBLAS_DEFAULT_MATH), "cublasSetMathMode");
  }

  /// A pointer of Java's that holds an address on the GPU.
  private static final class DevicePointer extends FloatPointer {
    DevicePointer(DeviceBuffer buffer) {
      super((Pointer) null);
      this.address = buffer.address();
    }
  }

  /// Without TF32.
  @Override
  public Runnable fp32(
      DeviceBuffer left, DeviceBuffer right, DeviceBuffer sums, int rows, int columns, int depth) {
    DevicePointer a = new DevicePointer(left);
    DevicePointer b = new DevicePointer(right);
    DevicePointer c = new DevicePointer(sums);
    return () ->
        require(
            cublas.cublasSgemm_v2(
                context,
                cublas.CUBLAS_OP_T,
                cublas.CUBLAS_OP_N,
                columns,
                rows,
                depth,
                one,
                b,
                depth,
                a,
                depth,
                zero,
                c,
                columns),
            "cublasSgemm");
  }

  @Override
  public Runnable int8(
      DeviceBuffer left, DeviceBuffer right, DeviceBuffer sums, int rows, int columns, int depth) {
    DevicePointer a = new DevicePointer(left);
    DevicePointer b = new DevicePointer(right);
    DevicePointer c = new DevicePointer(sums);
    return () ->
        require(
            cublas.cublasGemmEx(
                context,
                cublas.CUBLAS_OP_T,
                cublas.CUBLAS_OP_N,
                columns,
                rows,
                depth,
                oneInt,
                b,
                cudart.CUDA_R_8I,
                depth,
                a,
                cudart.CUDA_R_8I,
                depth,
                zeroInt,
                c,
                cudart.CUDA_R_32I,
                columns,
                cublas.CUBLAS_COMPUTE_32I,
                cublas.CUBLAS_GEMM_DEFAULT),
            "cublasGemmEx");
  }

  @Override
  public String version() {
    int[] version = new int[1];
    require(cublas.cublasGetVersion_v2(context, version), "cublasGetVersion");
    return Integer.toString(version[0]);
  }

  private static void require(int status, String what) {
    if (status != cublas.CUBLAS_STATUS_SUCCESS) {
      throw new CudaException("cuBLAS: %s failed with status %d".formatted(what, status));
    }
  }

  @Override
  public void close() {
    cublas.cublasDestroy_v2(context);
    one.close();
    zero.close();
    oneInt.close();
    zeroInt.close();
  }
}
