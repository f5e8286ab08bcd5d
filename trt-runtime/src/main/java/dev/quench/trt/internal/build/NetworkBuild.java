// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.BuildCancelledException;
import dev.quench.trt.TacticSource;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.CallbackFailure;
import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.NativeAddress;
import dev.quench.trt.internal.ProcessLogger;
import dev.quench.trt.internal.VirtualObject;
import java.util.Set;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvinfer.BuilderFlag;
import org.bytedeco.tensorrt.global.nvinfer.HardwareCompatibilityLevel;
import org.bytedeco.tensorrt.global.nvinfer.MemoryPoolType;
import org.bytedeco.tensorrt.global.nvinfer.ProfilingVerbosity;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;
import org.bytedeco.tensorrt.nvinfer.IHostMemory;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvinfer.IProgressMonitor;
import org.jspecify.annotations.Nullable;

/// Builds an engine from a complete network.
///
/// @param builder that made the network; owned by the caller
/// @param network owned by the caller
record NetworkBuild(
    IBuilder builder, INetworkDefinition network, BuildSettings settings, BuildHooks hooks) {
  private static final System.Logger LOGGER = System.getLogger("dev.quench.trt");

  /// @param outliving receives objects that TensorRT may use until builder and network are
  ///   destroyed; the caller closes it after them
  /// @param mark of [ProcessLogger#LOG] before the builder was created
  /// @return to be closed by the caller
  NativeBuild run(NativeScope outliving, long mark) {
    try (NativeScope scope = new NativeScope()) {
      IBuilderConfig config = scope.own(builder.createBuilderConfig(), "createBuilderConfig", mark);
      configure(config);
      for (var profile : settings.profiles()) {
        if (!profile.isEmpty()) {
          NativeProfiles.add(builder, config, profile);
        }
      }
      NativeTimings timings =
          hooks.timings().map(store -> new NativeTimings(config, store, outliving)).orElse(null);
      NativeBuild built = build(config, outliving, mark);
      try {
        if (timings != null) {
          save(timings);
        }
        return built;
      } catch (Error e) {
        built.close();
        throw e;
      }
    }
  }

  /// A failure to store kernel times does not fail the build.
  private static void save(NativeTimings timings) {
    try {
      timings.save();
    } catch (RuntimeException e) {
      LOGGER.log(System.Logger.Level.WARNING, "kernel times are not stored: " + e.getMessage());
    }
  }

  private NativeBuild build(IBuilderConfig config, NativeScope outliving, long mark) {
    CallbackFailure failure = new CallbackFailure();
    ProgressMonitor monitor =
        new ProgressMonitor(
            hooks.progress(),
            hooks.cancelled(),
            failure,
            VirtualObject.typeInfoOf(ProcessLogger.INSTANCE.address()));
    outliving.onClose(monitor::close);
    config.setProgressMonitor(new IProgressMonitor(new NativeAddress(monitor.address())));
    hooks
        .calibration()
        .map(feed -> new CalibratorSource(feed, failure, hooks.cancelled()))
        .map(source -> TensorRtRelease.calibrate(builder, config, network, source))
        .ifPresent(calibrator -> outliving.onClose(calibrator::close));
    IHostMemory plan = builder.buildSerializedNetwork(network, config);
    requireSuccess(plan, monitor, failure);
    if (plan == null || plan.isNull()) {
      throw BuildFailure.of(mark);
    }
    return new NativeBuild(
        new NativePlan(plan, "building the engine", mark), ProcessLogger.LOG.since(mark));
  }

  /// The exception of a failing callback explains the failure better than TensorRT.
  private static void requireSuccess(
      @Nullable IHostMemory plan, ProgressMonitor monitor, CallbackFailure failure) {
    try {
      failure.rethrow();
      if (monitor.isStopped()) {
        throw new BuildCancelledException();
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

  private void configure(IBuilderConfig config) {
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
    if (!limits.tacticSources().isEmpty()) {
      allow(config, limits.tacticSources());
    }
  }

  /// Adds to TensorRT's defaults. The bits differ between releases, so they are looked up by name.
  private static void allow(IBuilderConfig config, Set<TacticSource> sources) {
    int bits = config.getTacticSources();
    for (TacticSource source : sources) {
      try {
        bits |= 1 << nvinfer.TacticSource.valueOf("k" + source.name()).value;
      } catch (IllegalArgumentException e) {
        throw new TensorRtException(
            "TensorRT %d has no kernels of %s; leave out this tactic source"
                .formatted(TensorRtRelease.MAJOR, source));
      }
    }
    long mark = ProcessLogger.LOG.mark();
    Failures.require(config.setTacticSources(bits), "setting tactic sources " + sources, mark);
  }

  private static void set(IBuilderConfig config, BuilderFlag flag, boolean on) {
    if (on) {
      config.setFlag(flag);
    } else {
      config.clearFlag(flag);
    }
  }
}
