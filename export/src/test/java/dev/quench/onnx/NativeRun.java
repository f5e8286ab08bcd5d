// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxMap;
import ai.onnxruntime.OnnxSequence;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Runs serialized models in ONNX Runtime as they are, without Quench in between, and renders every
/// output in a form that is equal only when all bits are.
final class NativeRun {
  /// @param bytes hex, or the strings
  record Dense(String type, List<Long> shape, String bytes) {}

  private NativeRun() {}

  static Map<String, Object> run(byte[] model, Map<String, Tensor> inputs) throws OrtException {
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "quench");
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
      options.setIntraOpNumThreads(1);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      Map<String, OnnxTensor> fed = new LinkedHashMap<>();
      try (OrtSession session = environment.createSession(model, options)) {
        for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
          fed.put(input.getKey(), tensor(environment, input.getValue()));
        }
        try (OrtSession.Result result = session.run(fed)) {
          Map<String, Object> outputs = new LinkedHashMap<>();
          for (Map.Entry<String, OnnxValue> output : result) {
            outputs.put(output.getKey(), render(output.getValue()));
          }
          return outputs;
        }
      } finally {
        fed.values().forEach(OnnxTensor::close);
      }
    }
  }

  /// Whether the Java API can make tensors of this type.
  static boolean canFeed(DataType type) {
    return switch (type) {
      case FLOAT, DOUBLE, INT8, INT16, INT32, INT64, UINT8, BOOL, STRING, FLOAT16, BFLOAT16 -> true;
      default -> false;
    };
  }

  private static OnnxTensor tensor(OrtEnvironment environment, Tensor tensor) throws OrtException {
    long[] shape = tensor.shape().sizes();
    if (tensor.dataType() == DataType.STRING) {
      return OnnxTensor.createTensor(
          environment,
          tensor.strings().stream().map(ByteString::utf8).toArray(String[]::new),
          shape);
    }
    ByteBuffer buffer =
        ByteBuffer.allocateDirect((int) tensor.byteSize()).order(ByteOrder.nativeOrder());
    buffer.put(tensor.bytes().asByteBuffer()).flip();
    return OnnxTensor.createTensor(
        environment, buffer, shape, OnnxJavaType.valueOf(tensor.dataType().name()));
  }

  private static Object render(OnnxValue value) throws OrtException {
    return switch (value) {
      case OnnxTensor tensor -> {
        TensorInfo info = tensor.getInfo();
        List<Long> shape = Arrays.stream(info.getShape()).boxed().toList();
        yield new Dense(info.onnxType.name(), shape, contents(tensor, info));
      }
      case OnnxSequence sequence -> {
        StringBuilder rendered = new StringBuilder();
        for (OnnxValue element : sequence.getValue()) {
          rendered.append(render(element)).append(';');
          element.close();
        }
        yield rendered.toString();
      }
      case OnnxMap map -> map.getValue().toString();
      default -> throw new IllegalArgumentException("cannot compare " + value.getType());
    };
  }

  private static String contents(OnnxTensor tensor, TensorInfo info) throws OrtException {
    if (info.type == OnnxJavaType.STRING) {
      return Arrays.deepToString(new Object[] {tensor.getValue()});
    }
    if (Arrays.stream(info.getShape()).anyMatch(size -> size == 0)) {
      return "";
    }
    ByteBuffer bytes = tensor.getByteBuffer();
    byte[] array = new byte[bytes.remaining()];
    bytes.get(array);
    return java.util.HexFormat.of().formatHex(array);
  }
}
