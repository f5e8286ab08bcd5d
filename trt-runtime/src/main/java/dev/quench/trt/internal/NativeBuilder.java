// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.trt.BuildCancelledException;
import dev.quench.trt.TensorRtException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvinfer.BuilderFlag;
import org.bytedeco.tensorrt.global.nvinfer.HardwareCompatibilityLevel;
import org.bytedeco.tensorrt.global.nvinfer.MemoryPoolType;
import org.bytedeco.tensorrt.global.nvinfer.ProfilingVerbosity;
import org.bytedeco.tensorrt.global.nvonnxparser;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;
import org.bytedeco.tensorrt.nvinfer.IHostMemory;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvinfer.IProgressMonitor;
import org.bytedeco.tensorrt.nvinfer.ITensor;
import org.bytedeco.tensorrt.nvonnxparser.IParser;
import org.bytedeco.tensorrt.nvonnxparser.IParserError;
import org.jspecify.annotations.Nullable;

/// Turns a serialized ONNX model into a serialized engine.
///
/// One build at a time in a process: kernels are chosen by timing them, and two builds would
/// disturb each other and mix their log lines.
public final class NativeBuilder {
  private static final System.Logger LOGGER = System.getLogger("dev.quench.trt");
  private static final ReentrantLock ONE_BUILD = new ReentrantLock();
  private static final int ERRORS_TOLD = 20;

  private NativeBuilder() {}

  /// Builds for the current device.
  ///
  /// @param onnx the model in native memory, alive during the call
  /// @return to be closed by the caller
  /// @throws TensorRtException with the parser's or the builder's words
  /// @throws BuildCancelledException if `hooks` stopped the build
  public static NativeBuild build(MemorySegment onnx, BuildSettings settings, BuildHooks hooks) {
    TensorRtRelease.require(settings.arithmetic());
    ONE_BUILD.lock();
    // Callbacks must live until everything that may call them is gone.
    try (NativeScope callbacks = new NativeScope();
        NativeScope scope = new NativeScope()) {
      NativePlugins.load(settings.plugins());
      long mark = ProcessLogger.LOG.mark();
      IBuilder builder =
          scope.ownRoot(
              nvinfer.createInferBuilder(ProcessLogger.INSTANCE), "createInferBuilder", mark);
      INetworkDefinition network =
          scope.own(
              builder.createNetworkV2(TensorRtRelease.networkFlags(settings.arithmetic())),
              "createNetworkV2",
              mark);
      parse(network, onnx, scope);
      refuseShapeInputs(network);
      IBuilderConfig config = scope.own(builder.createBuilderConfig(), "createBuilderConfig", mark);
      configure(config, network, settings);
      for (var profile : settings.profiles()) {
        if (!profile.isEmpty()) {
          NativeProfiles.add(builder, config, profile);
        }
      }
      NativeTimings timings =
          hooks.timings().map(store -> new NativeTimings(config, store, scope)).orElse(null);
      NativeBuild built = build(builder, network, config, hooks, callbacks);
      if (timings != null) {
        save(timings);
      }
      return built;
    } finally {
      ONE_BUILD.unlock();
    }
  }

  /// An engine is not given up because times of kernels cannot be kept.
  private static void save(NativeTimings timings) {
    try {
      timings.save();
    } catch (RuntimeException e) {
      LOGGER.log(System.Logger.Level.WARNING, "kernel times are not kept: " + e.getMessage());
    }
  }

  private static NativeBuild build(
      IBuilder builder,
      INetworkDefinition network,
      IBuilderConfig config,
      BuildHooks hooks,
      NativeScope callbacks) {
    CallbackFailure failure = new CallbackFailure();
    ProgressMonitor monitor =
        new ProgressMonitor(
            hooks.progress(),
            hooks.cancelled(),
            failure,
            VirtualObject.typeInfoOf(ProcessLogger.INSTANCE.address()));
    callbacks.onClose(monitor::close);
    config.setProgressMonitor(new IProgressMonitor(new NativeAddress(monitor.address())));
    CalibratorCalls calibrator =
        hooks
            .calibration()
            .map(feed -> TensorRtRelease.calibrate(builder, config, network, feed))
            .orElse(null);
    if (calibrator != null) {
      callbacks.onClose(calibrator::close);
    }
    long mark = ProcessLogger.LOG.mark();
    IHostMemory plan = builder.buildSerializedNetwork(network, config);
    requireGoneWell(plan, monitor, calibrator, failure);
    return new NativeBuild(
        new NativePlan(plan, "building the engine", mark), ProcessLogger.LOG.since(mark));
  }

  /// Why a build failed is known better by the callback that made it fail than by TensorRT.
  private static void requireGoneWell(
      @Nullable IHostMemory plan,
      ProgressMonitor monitor,
      @Nullable CalibratorCalls calibrator,
      CallbackFailure failure) {
    try {
      failure.rethrow();
      if (calibrator != null) {
        calibrator.rethrow();
      }
      if (monitor.isStopped()) {
        throw new BuildCancelledException("the build was cancelled; nothing was written");
      }
    } catch (RuntimeException | Error e) {
      if (plan != null && !plan.isNull()) {
        NativeScope unwanted = new NativeScope();
        unwanted.own(plan, "building the engine", 0);
        unwanted.close();
      }
      throw e;
    }
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

  static String describe(IParserError error) {
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

  private static void configure(
      IBuilderConfig config, INetworkDefinition network, BuildSettings settings) {
    TensorRtRelease.configure(config, network, settings.arithmetic());
    set(config, BuilderFlag.kTF32, settings.arithmetic().tf32());
    set(config, BuilderFlag.kSPARSE_WEIGHTS, settings.sparseWeights());
    set(config, BuilderFlag.kREFIT, settings.portability().refittable());
    set(config, BuilderFlag.kVERSION_COMPATIBLE, settings.portability().versionCompatible());
    config.setHardwareCompatibilityLevel(
        switch (settings.portability().hardware()) {
          case SAME_GPU -> HardwareCompatibilityLevel.kNONE;
          case SAME_COMPUTE_CAPABILITY -> HardwareCompatibilityLevel.kSAME_COMPUTE_CAPABILITY;
          case AMPERE_PLUS -> HardwareCompatibilityLevel.kAMPERE_PLUS;
        });
    config.setProfilingVerbosity(ProfilingVerbosity.kDETAILED);
    BuildSettings.Limits limits = settings.limits();
    limits
        .workspaceBytes()
        .ifPresent(bytes -> config.setMemoryPoolLimit(MemoryPoolType.kWORKSPACE, bytes));
    limits
        .tacticMemoryBytes()
        .ifPresent(bytes -> config.setMemoryPoolLimit(MemoryPoolType.kTACTIC_DRAM, bytes));
    limits.optimizationLevel().ifPresent(config::setBuilderOptimizationLevel);
  }

  private static void set(IBuilderConfig config, BuilderFlag flag, boolean on) {
    if (on) {
      config.setFlag(flag);
    } else {
      config.clearFlag(flag);
    }
  }
}
