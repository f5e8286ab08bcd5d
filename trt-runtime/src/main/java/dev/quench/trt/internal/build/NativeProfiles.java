// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.tensor.Shape;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.ProcessLogger;
import dev.quench.trt.internal.TensorTypes;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.tensorrt.global.nvinfer.OptProfileSelector;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvinfer.IOptimizationProfile;
import org.bytedeco.tensorrt.nvinfer.ITensor;

/// Creates optimization profiles, which the builder owns.
final class NativeProfiles {
  private NativeProfiles() {}

  /// Adds a profile with these ranges.
  static void add(IBuilder builder, IBuilderConfig config, Map<String, ShapeRange> ranges) {
    long mark = ProcessLogger.LOG.mark();
    IOptimizationProfile profile = builder.createOptimizationProfile();
    Failures.requireCreated(profile, "createOptimizationProfile", mark);
    ranges.forEach((input, range) -> set(profile, input, range, mark));
    Failures.require(
        profile.isValid() && config.addOptimizationProfile(profile) >= 0,
        "adding the optimization profile " + ranges,
        mark);
  }

  /// A profile with one shape for every input with free dimensions.
  ///
  /// @param shapes of every input
  /// @return empty if no input has free dimensions, because TensorRT then accepts no profile
  static Optional<IOptimizationProfile> fixed(
      IBuilder builder, INetworkDefinition network, Map<String, Shape> shapes) {
    long mark = ProcessLogger.LOG.mark();
    IOptimizationProfile profile = null;
    for (int i = 0; i < network.getNbInputs(); i++) {
      ITensor tensor = network.getInput(i);
      String input = tensor.getName();
      if (TensorTypes.shape(input, tensor.getDimensions()).isStatic()) {
        continue;
      }
      Shape shape = shapes.get(input);
      if (shape == null) {
        throw new TensorRtException(
            "TensorRT calibrates input '%s', but the data have only %s"
                .formatted(input, shapes.keySet()));
      }
      if (profile == null) {
        profile = builder.createOptimizationProfile();
        Failures.requireCreated(profile, "createOptimizationProfile", mark);
      }
      set(profile, input, new ShapeRange(shape, shape, shape), mark);
    }
    return Optional.ofNullable(profile);
  }

  private static void set(IOptimizationProfile profile, String input, ShapeRange range, long mark) {
    set(profile, input, OptProfileSelector.kMIN, range.min(), mark);
    set(profile, input, OptProfileSelector.kOPT, range.opt(), mark);
    set(profile, input, OptProfileSelector.kMAX, range.max(), mark);
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
