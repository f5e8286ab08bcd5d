// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.BuildCancelledException;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.NativeAddress;
import dev.quench.trt.internal.NativePlugins;
import dev.quench.trt.internal.ProcessLogger;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvonnxparser;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvinfer.ITensor;
import org.bytedeco.tensorrt.nvonnxparser.IParser;
import org.bytedeco.tensorrt.nvonnxparser.IParserError;

/// Turns a serialized ONNX model into a serialized engine.
///
/// One build at a time per process: kernels are chosen by their times, and concurrent builds would
/// disturb each other and mix their log lines.
public final class NativeBuilder {
  private static final BuildTurn ONE_BUILD = new BuildTurn();
  private static final int MOST_ERRORS = 20;

  private NativeBuilder() {}

  /// Builds for the current device.
  ///
  /// @param onnx the model in native memory, alive during the call
  /// @return to be closed by the caller
  /// @throws TensorRtException quoting the parser or the builder
  /// @throws BuildCancelledException if `hooks` stopped the build
  public static NativeBuild build(MemorySegment onnx, BuildSettings settings, BuildHooks hooks) {
    TensorRtRelease.require(settings.arithmetic());
    ONE_BUILD.take(hooks.cancelled());
    NativeBuild built = null;
    // Callbacks and timing caches must outlive everything that may use them.
    try (NativeScope outliving = new NativeScope();
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
      built = new NetworkBuild(builder, network, settings, hooks).run(outliving, mark);
      return built;
    } catch (RuntimeException | Error e) {
      if (built != null) {
        built.close(); // destroying the objects of the build failed
      }
      throw e;
    } finally {
      ONE_BUILD.give();
    }
  }

  /// The parser must live as long as the network, because it owns converted weights.
  private static void parse(INetworkDefinition network, MemorySegment onnx, NativeScope scope) {
    long mark = ProcessLogger.LOG.mark();
    IParser parser =
        scope.own(nvonnxparser.createParser(network, ProcessLogger.INSTANCE), "createParser", mark);
    if (parser.parse(NativeAddress.of(onnx), onnx.byteSize())) {
      return;
    }
    List<String> reasons = new ArrayList<>();
    int errors = parser.getNbErrors();
    for (int i = 0; i < Math.min(errors, MOST_ERRORS); i++) {
      reasons.add(describe(parser.getError(i)));
    }
    if (reasons.isEmpty()) {
      throw Failures.failed("the ONNX parser refused the model", mark);
    }
    String more = errors > MOST_ERRORS ? "; … and " + (errors - MOST_ERRORS) + " more" : "";
    throw new TensorRtException(
        "TensorRT's ONNX parser refused the model: " + String.join("; ", reasons) + more);
  }

  public static String describe(IParserError error) {
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

  /// Inputs whose values determine shapes are on the host and need ranges of values in the profile.
  private static void refuseShapeInputs(INetworkDefinition network) {
    for (int i = 0; i < network.getNbInputs(); i++) {
      ITensor input = network.getInput(i);
      if (input.isShapeTensor()) {
        throw new TensorRtException(
            "the values of input '%s' determine shapes of other tensors, which is not supported"
                    .formatted(input.getName())
                + "; make it a constant of the model");
      }
    }
  }
}
