// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.tensor.Shape;
import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.ProcessLogger;
import dev.quench.trt.internal.build.BuildSettings.Arithmetic;
import java.util.Map;
import java.util.Set;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.tensorrt.global.nvinfer.BuilderFlag;
import org.bytedeco.tensorrt.global.nvinfer.DataType;
import org.bytedeco.tensorrt.global.nvinfer.NetworkDefinitionCreationFlag;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.bytedeco.tensorrt.nvinfer.ILayer;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;

/// The features specific to TensorRT 10: weakly typed networks with precision flags, layers kept in
/// FP32, and calibrators. Compiled instead of the class of the same name for TensorRT 11.
@SuppressWarnings("deprecation") // required on 10, removed in 11
public final class TensorRtRelease {
  /// The suffix of the shared libraries, as in `libnvinfer.so.10`.
  public static final int MAJOR = 10;

  /// The bindings call virtual functions by their position in the tables of 10.15; an older library
  /// has fewer.
  static final int OLDEST_VERSION = 101500;

  static final int NEXT_MAJOR = 110000;
  static final String NEEDED = "10.15 or a newer 10.x";

  /// The slot of the deleting destructor of `IParser`, after eight functions and the
  /// complete-object destructor.
  public static final int PARSER_DESTRUCTOR_SLOT = 9;

  /// Whether `IProfiler` derives from `IVersionedInterface`.
  public static final boolean VERSIONED_PROFILER = false;

  private TensorRtRelease() {}

  /// @throws dev.quench.trt.TensorRtException if this major version of TensorRT does not support
  ///   the settings
  static void require(Arithmetic arithmetic) {
    // TensorRT 10 supports all settings.
  }

  static int networkFlags(Arithmetic arithmetic) {
    return arithmetic.stronglyTyped()
        ? 1 << NetworkDefinitionCreationFlag.kSTRONGLY_TYPED.value
        : 0;
  }

  static void configure(IBuilderConfig config, INetworkDefinition network, Arithmetic arithmetic) {
    set(config, BuilderFlag.kFP16, arithmetic.fp16());
    set(config, BuilderFlag.kBF16, arithmetic.bf16());
    set(config, BuilderFlag.kINT8, arithmetic.int8());
    if (!arithmetic.fp32Nodes().isEmpty()) {
      keepInFp32(network, arithmetic.fp32Nodes());
      config.setFlag(BuilderFlag.kOBEY_PRECISION_CONSTRAINTS);
    }
  }

  /// The parser names layers after their nodes.
  private static void keepInFp32(INetworkDefinition network, Set<String> nodes) {
    for (int i = 0; i < network.getNbLayers(); i++) {
      ILayer layer = network.getLayer(i);
      if (nodes.contains(layer.getName())) {
        layer.setPrecision(DataType.kFLOAT);
        for (int output = 0; output < layer.getNbOutputs(); output++) {
          if (layer.getOutput(output).getType().intern() == DataType.kFLOAT) {
            layer.setOutputType(output, DataType.kFLOAT);
          }
        }
      }
    }
  }

  /// Whether the work of the context can be recorded as a CUDA graph.
  public static boolean isCapturable(IExecutionContext context, CUstream_st stream) {
    return context.isStreamCapturable(stream);
  }

  /// Attaches the calibrator with the ranges to the build.
  ///
  /// @return to be closed after the build
  static CalibratorCalls calibrate(
      IBuilder builder,
      IBuilderConfig config,
      INetworkDefinition network,
      CalibratorSource source) {
    Map<String, Shape> shapes = source.feed().shapes();
    if (!shapes.isEmpty()) {
      NativeProfiles.fixed(builder, network, shapes)
          .ifPresent(profile -> {
            long mark = ProcessLogger.LOG.mark();
            Failures.require(
                config.setCalibrationProfile(profile), "setting the calibration profile", mark);
          });
    }
    Calibrators calibrators = new Calibrators(source);
    config.setInt8Calibrator(calibrators.calibrator());
    return calibrators;
  }

  private static void set(IBuilderConfig config, BuilderFlag flag, boolean on) {
    if (on) {
      config.setFlag(flag);
    } else {
      config.clearFlag(flag);
    }
  }
}
