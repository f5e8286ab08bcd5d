// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.product;

import dev.quench.run.Availability;
import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.ConvolutionShape;
import dev.quench.xnor.cuda.CudaException;
import dev.quench.xnor.cuda.GpuDescription;
import dev.quench.xnor.cuda.PackedBits;
import dev.quench.xnor.cuda.Thresholds;
import dev.quench.xnor.cuda.internal.CudaDevice;
import dev.quench.xnor.cuda.internal.CudaProbe;
import dev.quench.xnor.cuda.internal.Device;

/// The first NVIDIA GPU, with the binary kernels compiled for it. Compiling takes a few seconds, so
/// open it once and keep it. Not thread-safe.
///
/// ```java
/// try (BinaryGpu gpu = BinaryGpu.open();
///     BinaryGemm gemm = gpu.gemm(weights, batch, gpu.fastest())) {
///   int[] sums = gemm.sums(input);
/// }
/// ```
public final class BinaryGpu implements AutoCloseable {
  private final Device device;
  private final GpuDescription description;

  private BinaryGpu(Device device, GpuDescription description) {
    this.device = device;
    this.description = description;
  }

  /// Whether a GPU and everything it needs are present, and if not, the first missing requirement.
  /// Never throws.
  public static Availability availability() {
    return CudaProbe.availability();
  }

  /// @throws CudaException without a usable GPU, with reason and remedy; if a kernel does not
  ///   compile, with the compiler's log
  public static BinaryGpu open() {
    if (availability() instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new CudaException("no GPU for binary kernels: " + reason + "; " + remedy);
    }
    CudaDevice device = CudaDevice.open();
    return new BinaryGpu(device, device.description());
  }

  public GpuDescription description() {
    return description;
  }

  /// The tensor cores if the GPU has the instruction, else population count.
  public BinaryKernel fastest() {
    return device.supports(BinaryKernel.TENSOR_CORES)
        ? BinaryKernel.TENSOR_CORES
        : BinaryKernel.POPCOUNT;
  }

  /// @param weights `[columns, depth]`
  /// @param rows of the input, at least 1
  /// @throws CudaException if the GPU cannot run this kernel or lacks memory
  public BinaryGemm gemm(PackedBits weights, int rows, BinaryKernel kernel) {
    requireSupported(kernel);
    return new BinaryGemm(device, weights, rows, kernel, null);
  }

  /// As [#gemm(PackedBits, int, BinaryKernel)], but outputs signs.
  ///
  /// @param thresholds one for each row of `weights`
  public BinaryGemm gemm(PackedBits weights, int rows, BinaryKernel kernel, Thresholds thresholds) {
    requireSupported(kernel);
    return new BinaryGemm(device, weights, rows, kernel, thresholds);
  }

  /// @param weights `[outChannels * taps, inChannels]`: one row per tap of each output channel (the
  ///   order OHWI)
  /// @throws IllegalArgumentException if the weights do not fit the shape
  /// @throws CudaException if the GPU cannot run this kernel or lacks memory
  public BinaryConvolution convolution(
      ConvolutionShape shape, PackedBits weights, BinaryKernel kernel) {
    requireSupported(kernel);
    return new BinaryConvolution(device, shape, weights, kernel, null);
  }

  /// As [#convolution(ConvolutionShape, PackedBits, BinaryKernel)], but outputs signs.
  ///
  /// @param thresholds one for each output channel
  public BinaryConvolution convolution(
      ConvolutionShape shape, PackedBits weights, BinaryKernel kernel, Thresholds thresholds) {
    requireSupported(kernel);
    return new BinaryConvolution(device, shape, weights, kernel, thresholds);
  }

  private void requireSupported(BinaryKernel kernel) {
    if (!device.supports(kernel)) {
      throw new CudaException(
          "%s has compute capability %s, but %s needs 8.0; use %s"
              .formatted(
                  description.name(),
                  description.computeCapability(),
                  kernel,
                  BinaryKernel.POPCOUNT));
    }
  }

  /// Frees everything that was created for this GPU, then closes it.
  @Override
  public void close() {
    device.close();
  }
}
