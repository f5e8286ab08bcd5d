// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.build.BuildSettings.Arithmetic;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;

/// The features specific to TensorRT 11: every network is strongly typed, without precision flags
/// and calibrators. Compiled instead of the class of the same name for TensorRT 10.
public final class TensorRtRelease {
  /// The suffix of the shared libraries, as in `libnvinfer.so.11`.
  public static final int MAJOR = 11;

  static final int OLDEST_VERSION = 110200;
  static final int NEXT_MAJOR = 120000;
  static final String NEEDED = "11.2 or a newer 11.x";

  /// The slot of the deleting destructor of `IParser`, after six functions (TensorRT 10 has eight)
  /// and the complete-object destructor.
  public static final int PARSER_DESTRUCTOR_SLOT = 7;

  /// Whether `IProfiler` derives from `IVersionedInterface`.
  public static final boolean VERSIONED_PROFILER = true;

  private TensorRtRelease() {}

  /// @throws TensorRtException if this major version of TensorRT does not support the settings
  static void require(Arithmetic arithmetic) {
    if (arithmetic.int8()) {
      throw new TensorRtException(
          "TensorRT 11 has no calibrators; quantize the model with Q/DQ nodes, which is what"
              + " explicit INT8 means, or use TensorRT 10");
    }
    if (arithmetic.fp16() || arithmetic.bf16() || !arithmetic.fp32Nodes().isEmpty()) {
      throw new TensorRtException(
          "TensorRT 11 runs a model in the types that it declares and accepts no %s flag; cast the model at export"
              .formatted(arithmetic.bf16() ? "BF16" : "FP16"));
    }
  }

  /// All networks are strongly typed; the flag has no effect.
  static int networkFlags(Arithmetic arithmetic) {
    return 0;
  }

  static void configure(IBuilderConfig config, INetworkDefinition network, Arithmetic arithmetic) {
    require(arithmetic);
  }

  /// TensorRT 11.2 has no such query, so recording is attempted and abandoned on failure.
  public static boolean isCapturable(IExecutionContext context, CUstream_st stream) {
    return true;
  }

  /// @throws TensorRtException always
  @SuppressWarnings("DoNotCallSuggester") // the counterpart for TensorRT 10 does not throw
  static CalibratorCalls calibrate(
      IBuilder builder,
      IBuilderConfig config,
      INetworkDefinition network,
      CalibratorSource source) {
    throw new TensorRtException("TensorRT 11 has no calibrators");
  }
}
