// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.tensor.Shape;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.TensorRtException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvinfer.BuilderFlag;
import org.bytedeco.tensorrt.global.nvinfer.MemoryPoolType;
import org.bytedeco.tensorrt.global.nvinfer.NetworkDefinitionCreationFlag;
import org.bytedeco.tensorrt.global.nvinfer.OptProfileSelector;
import org.bytedeco.tensorrt.global.nvinfer.ProfilingVerbosity;
import org.bytedeco.tensorrt.global.nvonnxparser;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvinfer.IOptimizationProfile;
import org.bytedeco.tensorrt.nvinfer.ITensor;
import org.bytedeco.tensorrt.nvonnxparser.IParser;
import org.bytedeco.tensorrt.nvonnxparser.IParserError;

/// Turns a serialized ONNX model into a serialized engine.
///
/// One build at a time in a process: kernels are chosen by timing them, and two builds would
/// disturb each other and mix their log lines.
public final class NativeBuilder {
  private static final ReentrantLock ONE_BUILD = new ReentrantLock();
  private static final int ERRORS_TOLD = 20;

  private NativeBuilder() {}

  /// Builds for the current device.
  ///
  /// @param onnx the model in native memory, alive during the call
  /// @return to be closed by the caller
  /// @throws TensorRtException with the parser's or the builder's words
  public static NativePlan build(MemorySegment onnx, BuildSettings settings) {
    ONE_BUILD.lock();
    try (NativeScope scope = new NativeScope()) {
      long mark = ProcessLogger.LOG.mark();
      IBuilder builder =
          scope.ownRoot(
              nvinfer.createInferBuilder(ProcessLogger.INSTANCE), "createInferBuilder", mark);
      INetworkDefinition network =
          scope.own(builder.createNetworkV2(networkFlags(settings)), "createNetworkV2", mark);
      parse(network, onnx, scope);
      refuseShapeInputs(network);
      IBuilderConfig config = scope.own(builder.createBuilderConfig(), "createBuilderConfig", mark);
      configure(config, settings);
      addProfile(builder, config, settings.profile());
      long buildMark = ProcessLogger.LOG.mark();
      return new NativePlan(
          builder.buildSerializedNetwork(network, config), "building the engine", buildMark);
    } finally {
      ONE_BUILD.unlock();
    }
  }

  private static int networkFlags(BuildSettings settings) {
    return settings.stronglyTyped() ? 1 << NetworkDefinitionCreationFlag.kSTRONGLY_TYPED.value : 0;
  }

  /// The parser must live as long as the network: it owns the weights that it had to convert.
  private static void parse(INetworkDefinition network, MemorySegment onnx, NativeScope scope) {
    long mark = ProcessLogger.LOG.mark();
    IParser parser =
        scope.own(nvonnxparser.createParser(network, ProcessLogger.INSTANCE), "createParser", mark);
    if (parser.parse(NativeAddress.of(onnx), onnx.byteSize())) {
      return;
    }
    List<String> reasons = new ArrayList<>();
    int errors = parser.getNbErrors();
    for (int i = 0; i < Math.min(errors, ERRORS_TOLD); i++) {
      reasons.add(describe(parser.getError(i)));
    }
    if (reasons.isEmpty()) {
      throw Failures.failed("the ONNX parser refused the model", mark);
    }
    String more = errors > ERRORS_TOLD ? "; … and " + (errors - ERRORS_TOLD) + " more" : "";
    throw new TensorRtException(
        "TensorRT's ONNX parser refused the model: " + String.join("; ", reasons) + more);
  }

  private static String describe(IParserError error) {
    StringBuilder text = new StringBuilder();
    String operator = error.nodeOperator();
    String name = error.nodeName();
    if (operator != null && !operator.isEmpty()) {
      text.append(operator).append(" '").append(name == null ? "" : name).append("' ");
    }
    if (error.node() >= 0) {
      text.append("(node ").append(error.node()).append(") ");
    }
    return text.append(error.code().intern()).append(": ").append(error.desc()).toString();
  }

  /// Inputs whose values decide shapes live on the host and need ranges of values in the profile.
  private static void refuseShapeInputs(INetworkDefinition network) {
    for (int i = 0; i < network.getNbInputs(); i++) {
      ITensor input = network.getInput(i);
      if (input.isShapeTensor()) {
        throw new TensorRtException(
            "input '%s' decides the shapes of other tensors by its values, which is not supported"
                    .formatted(input.getName())
                + "; make it a constant of the model");
      }
    }
  }

  @SuppressWarnings("deprecation") // TensorRT 11 drops the precision flags; on 10 they are the way
  private static void configure(IBuilderConfig config, BuildSettings settings) {
    set(config, BuilderFlag.kTF32, settings.tf32());
    set(config, BuilderFlag.kFP16, settings.fp16());
    set(config, BuilderFlag.kBF16, settings.bf16());
    config.setProfilingVerbosity(ProfilingVerbosity.kDETAILED);
    settings
        .workspaceBytes()
        .ifPresent(bytes -> config.setMemoryPoolLimit(MemoryPoolType.kWORKSPACE, bytes));
    settings.optimizationLevel().ifPresent(config::setBuilderOptimizationLevel);
  }

  private static void set(IBuilderConfig config, BuilderFlag flag, boolean on) {
    if (on) {
      config.setFlag(flag);
    } else {
      config.clearFlag(flag);
    }
  }

  /// The builder owns the profile.
  private static void addProfile(
      IBuilder builder, IBuilderConfig config, Map<String, ShapeRange> ranges) {
    if (ranges.isEmpty()) {
      return;
    }
    long mark = ProcessLogger.LOG.mark();
    IOptimizationProfile profile = builder.createOptimizationProfile();
    Failures.requireCreated(profile, "createOptimizationProfile", mark);
    ranges.forEach((input, range) -> {
      set(profile, input, OptProfileSelector.kMIN, range.min(), mark);
      set(profile, input, OptProfileSelector.kOPT, range.opt(), mark);
      set(profile, input, OptProfileSelector.kMAX, range.max(), mark);
    });
    Failures.require(
        profile.isValid() && config.addOptimizationProfile(profile) >= 0,
        "adding the optimization profile " + ranges,
        mark);
  }

  private static void set(
      IOptimizationProfile profile,
      String input,
      OptProfileSelector selector,
      Shape shape,
      long mark) {
    Failures.require(
        profile.setDimensions(input, selector, TensorTypes.dims(input, shape.sizes())),
        "setting the profile of input '%s' to %s".formatted(input, shape),
        mark);
  }
}
