// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;

/// The driver's PTX compiler on the first GPU. Not thread-safe.
final class PtxCompiler implements AutoCloseable {
  private final CUctx_st context = new CUctx_st();
  private final int device;

  private PtxCompiler(int device) {
    this.device = device;
  }

  /// @throws IllegalStateException if the driver cannot open the GPU
  static PtxCompiler open() {
    require("cuInit", cudart.cuInit(0));
    int[] device = new int[1];
    require("cuDeviceGet", cudart.cuDeviceGet(device, 0));
    PtxCompiler compiler = new PtxCompiler(device[0]);
    require(
        "cuDevicePrimaryCtxRetain", cudart.cuDevicePrimaryCtxRetain(compiler.context, device[0]));
    require("cuCtxSetCurrent", cudart.cuCtxSetCurrent(compiler.context));
    return compiler;
  }

  /// Compiles an empty kernel.
  ///
  /// @return `loads`, or CUDA's error number
  String compile(String isa, String target) {
    String kernel =
        """
        .version %s
        .target %s
        .address_size 64
        .visible .entry k()
        {
        ret;
        }
        """
            .formatted(isa, target);
    try (BytePointer text = new BytePointer(kernel);
        CUmod_st module = new CUmod_st()) {
      int code = cudart.cuModuleLoadData(module, text);
      if (code != 0) {
        return "error " + code + (code == 222 ? ", PTX newer than the driver" : "");
      }
      cudart.cuModuleUnload(module);
      return "loads";
    }
  }

  @Override
  public void close() {
    cudart.cuDevicePrimaryCtxRelease(device);
  }

  private static void require(String call, int code) {
    if (code != 0) {
      throw new IllegalStateException(call + " failed with error " + code);
    }
  }
}
