// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.Failures;
import dev.quench.trt.internal.NativeAddress;
import dev.quench.trt.internal.ProcessLogger;
import dev.quench.trt.internal.build.NativeBuilder;
import dev.quench.trt.internal.build.NativeScope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvonnxparser;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IRefitter;
import org.bytedeco.tensorrt.nvinfer.Weights;
import org.bytedeco.tensorrt.nvonnxparser.IParserRefitter;

/// Exchanges the weights of a refittable engine. Nothing may run meanwhile.
final class NativeRefit {
  private NativeRefit() {}

  /// Names of the weights that can be exchanged.
  static List<String> names(ICudaEngine engine) {
    requireRefittable(engine);
    try (NativeScope scope = new NativeScope()) {
      IRefitter refitter = refitter(engine, scope);
      return names(refitter, false);
    }
  }

  /// Replaces the weights by those of a model that differs from the built one only in weights.
  ///
  /// @param onnx native memory, alive during the call
  static void fromModel(ICudaEngine engine, MemorySegment onnx) {
    requireRefittable(engine);
    try (NativeScope scope = new NativeScope()) {
      IRefitter refitter = refitter(engine, scope);
      long mark = ProcessLogger.LOG.mark();
      IParserRefitter parser =
          scope.own(
              nvonnxparser.createParserRefitter(refitter, ProcessLogger.INSTANCE),
              "createParserRefitter",
              mark);
      if (!parser.refitFromBytes(NativeAddress.of(onnx), onnx.byteSize())) {
        List<String> reasons = new ArrayList<>();
        for (int i = 0; i < parser.getNbErrors(); i++) {
          reasons.add(NativeBuilder.describe(parser.getError(i)));
        }
        throw reasons.isEmpty()
            ? Failures.failed("refitting the engine failed", mark)
            : new TensorRtException(
                "the model's weights do not fit the engine: " + String.join("; ", reasons));
      }
      finish(refitter);
    }
  }

  /// @param weights by TensorRT's name
  static void fromTensors(ICudaEngine engine, Map<String, Tensor> weights) {
    requireRefittable(engine);
    // The refitter refers to the weights until it is destroyed.
    try (Arena arena = Arena.ofConfined();
        NativeScope scope = new NativeScope()) {
      IRefitter refitter = refitter(engine, scope);
      weights.forEach((name, tensor) -> {
        long mark = ProcessLogger.LOG.mark();
        MemorySegment bytes = arena.allocate(Math.max(1, tensor.bytes().byteSize()), Long.BYTES);
        MemorySegment.copy(tensor.bytes(), 0, bytes, 0, tensor.bytes().byteSize());
        try (Weights values = new Weights();
            BytePointer text = new BytePointer(name)) {
          values
              .type(type(name, tensor.dataType()))
              .values(NativeAddress.of(bytes))
              .count(tensor.elements());
          Failures.require(
              refitter.setNamedWeights(text, values), "setting weights '" + name + "'", mark);
        }
      });
      finish(refitter);
    }
  }

  private static void finish(IRefitter refitter) {
    List<String> missing = names(refitter, true);
    if (!missing.isEmpty()) {
      throw new TensorRtException(
          "weights %s depend on the exchanged ones and must be given too; the engine is unchanged"
              .formatted(missing));
    }
    long mark = ProcessLogger.LOG.mark();
    Failures.require(refitter.refitCudaEngine(), "refitting the engine", mark);
  }

  private static List<String> names(IRefitter refitter, boolean missing) {
    int count =
        missing
            ? refitter.getMissingWeights(0, (PointerPointer<?>) null)
            : refitter.getAllWeights(0, (PointerPointer<?>) null);
    List<String> names = new ArrayList<>();
    if (count == 0) {
      return names;
    }
    try (PointerPointer<BytePointer> list = new PointerPointer<>(count)) {
      int filled =
          missing ? refitter.getMissingWeights(count, list) : refitter.getAllWeights(count, list);
      for (int i = 0; i < Math.min(count, filled); i++) {
        names.add(new BytePointer(list.get(i)).getString());
      }
    }
    return names;
  }

  private static IRefitter refitter(ICudaEngine engine, NativeScope scope) {
    long mark = ProcessLogger.LOG.mark();
    return scope.own(
        nvinfer.createInferRefitter(engine, ProcessLogger.INSTANCE), "createInferRefitter", mark);
  }

  private static void requireRefittable(ICudaEngine engine) {
    if (!engine.isRefittable()) {
      throw new TensorRtException(
          "the engine was built without refit, so its weights cannot be exchanged; build it with"
              + " refit");
    }
  }

  private static nvinfer.DataType type(String name, DataType type) {
    return switch (type) {
      case FLOAT -> nvinfer.DataType.kFLOAT;
      case FLOAT16 -> nvinfer.DataType.kHALF;
      case BFLOAT16 -> nvinfer.DataType.kBF16;
      case INT8 -> nvinfer.DataType.kINT8;
      case INT32 -> nvinfer.DataType.kINT32;
      case INT64 -> nvinfer.DataType.kINT64;
      case BOOL -> nvinfer.DataType.kBOOL;
      case UINT8 -> nvinfer.DataType.kUINT8;
      default ->
          throw new IllegalArgumentException(
              "weights '%s' have type %s, which TensorRT does not support".formatted(name, type));
    };
  }
}
