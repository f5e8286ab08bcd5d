// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.io.AtomicFile;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.tensor.SparseTensor;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

/// Writes ONNX models. Stateless and thread-safe; a model must not be edited while it is written.
public final class OnnxWriter {
  /// Room for everything but weights in a protobuf message, which may not exceed 2 GiB.
  private static final long MAX_INLINE_BYTES = Integer.MAX_VALUE - (64L << 20);

  /// Where the weights go.
  ///
  /// @param externalData true puts them into a second file, named like the model with `.data`
  ///   appended, even when they would fit the model's own file
  /// @param thresholdBytes initializers smaller than this stay in the model's own file
  public record Options(boolean externalData, long thresholdBytes) {
    /// One file unless it would exceed 2 GiB; then tensors of 1 KiB or more go to a data file.
    public static final Options DEFAULT = new Options(false, 1024);

    /// Two files: tensors of 1 KiB or more go to the data file.
    public static final Options EXTERNAL = new Options(true, 1024);

    public Options {
      if (thresholdBytes < 0) {
        throw new IllegalArgumentException(
            "thresholdBytes must be zero or more, got " + thresholdBytes);
      }
    }
  }

  private OnnxWriter() {}

  /// Writes a file with [Options#DEFAULT].
  ///
  /// @throws IOException if it cannot be written; leaves no partial file
  public static void write(Model model, Path file) throws IOException {
    write(model, file, Options.DEFAULT);
  }

  /// Writes a file, after its data file if it needs one; both as [AtomicFile] does.
  ///
  /// @throws IOException if it cannot be written; leaves no partial file
  public static void write(Model model, Path file, Options options) throws IOException {
    if (options.externalData() || !fitsOneMessage(model)) {
      ModelProto proto = writeData(model, file, options.thresholdBytes());
      AtomicFile.write(file, proto::writeTo);
    } else {
      DetachedData detached = new DetachedData();
      ModelProto proto = ModelEncoder.encode(model, detached);
      AtomicFile.write(file, out -> DataSplice.write(proto, detached, out));
    }
  }

  /// The data file that holds the weights of a model at `file` when they are external.
  public static Path dataFile(Path file) {
    return file.resolveSibling(file.getFileName() + ".data");
  }

  /// The model as one protobuf message with all weights inside.
  ///
  /// @throws IllegalArgumentException if it would exceed 2 GiB; see [#fitsOneMessage]
  public static byte[] toBytes(Model model) {
    if (!fitsOneMessage(model)) {
      throw new IllegalArgumentException(
          "the model has %d bytes of weights, more than one message can hold; write it to a file"
              .formatted(weightBytes(model)));
    }
    return ModelEncoder.encode(model, TensorSink.INLINE).toByteArray();
  }

  /// Whether all weights fit one protobuf message.
  public static boolean fitsOneMessage(Model model) {
    return weightBytes(model) <= MAX_INLINE_BYTES;
  }

  private static ModelProto writeData(Model model, Path file, long thresholdBytes)
      throws IOException {
    AtomicFile.checkWritable(file);
    Path data = dataFile(file);
    String location = String.valueOf(data.getFileName());
    AtomicReference<ModelProto> proto = new AtomicReference<>(ModelProto.getDefaultInstance());
    AtomicFile.write(
        data,
        out -> {
          try {
            proto.set(
                ModelEncoder.encode(model, new ExternalDataWriter(out, location, thresholdBytes)));
          } catch (UncheckedIOException e) {
            throw e.getCause();
          }
        });
    return proto.get();
  }

  /// Bytes of all initializers and of tensors in attributes.
  public static long weightBytes(Model model) {
    long bytes = weightBytes(model.graph());
    for (Function function : model.functions()) {
      bytes += weightBytes(function.body());
    }
    return bytes;
  }

  private static long weightBytes(Graph graph) {
    long bytes = 0;
    for (Value value : graph.values()) {
      bytes += value.initializer().map(Tensor::byteSize).orElse(0L);
      bytes += value.sparseInitializer().map(OnnxWriter::byteSize).orElse(0L);
    }
    for (Node node : graph.nodes()) {
      for (AttributeValue attribute : node.attributes().values()) {
        bytes +=
            switch (attribute) {
              case AttributeValue.TensorValue(Tensor tensor) -> tensor.byteSize();
              case AttributeValue.Tensors(var tensors) ->
                  tensors.stream().mapToLong(Tensor::byteSize).sum();
              case AttributeValue.SparseTensorValue(SparseTensor tensor) -> byteSize(tensor);
              case AttributeValue.SparseTensors(var tensors) ->
                  tensors.stream().mapToLong(OnnxWriter::byteSize).sum();
              case AttributeValue.GraphValue(Graph nested) -> weightBytes(nested);
              case AttributeValue.Graphs(var nested) ->
                  nested.stream().mapToLong(OnnxWriter::weightBytes).sum();
              default -> 0;
            };
      }
    }
    return bytes;
  }

  private static long byteSize(SparseTensor tensor) {
    return tensor.values().byteSize() + tensor.indices().byteSize();
  }
}
