// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.io.RegularFile;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Reads ONNX models as untrusted input: a model that is too large, too deep, truncated or
/// inconsistent is refused with one [ModelFormatException] that names the file, the place, what was
/// found and what was expected.
///
/// Weights are not copied, except packed ones ([PackedWeights]), which are expanded: they stay in
/// the bytes that were read, or in the memory mapping of an external data file or of a model file
/// over 16 MiB. While the model lives, such a file may be replaced by a new one but not overwritten
/// in place. Thread-safe.
public final class OnnxReader {
  private static final long MOST_BYTES_IN_MEMORY = 16L << 20;
  private static final OnnxReader STANDARD = new OnnxReader(OnnxLimits.DEFAULT);

  private final OnnxLimits limits;

  public OnnxReader(OnnxLimits limits) {
    this.limits = limits;
  }

  /// Reads a file, and external data in its folder, within [OnnxLimits#DEFAULT].
  ///
  /// @throws ModelFormatException unless it is a valid ONNX model
  /// @throws IOException if it cannot be read
  public static Model read(Path file) throws IOException {
    return STANDARD.readFile(file);
  }

  /// As [#read(Path)], and reports how large the file would be with all external data inside.
  ///
  /// @param bytes receives the size, once
  public static Model read(Path file, LongConsumer bytes) throws IOException {
    return STANDARD.readFile(file, bytes);
  }

  /// The existing files beside a model that hold data of it; empty unless the file is a model.
  ///
  /// @throws IOException if the file cannot be read
  public static List<Path> dataFiles(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null
        || !Files.isRegularFile(file)
        || Files.size(file) > OnnxLimits.DEFAULT.fileBytes()) {
      return List.of();
    }
    try {
      return DataLocations.of(STANDARD.parse(STANDARD.content(file, new DetachedData()).get()))
          .stream()
          .map(folder::resolve)
          .filter(Files::exists)
          .toList();
    } catch (ModelFormatException | InvalidProtocolBufferException | InvalidPathException _) {
      return List.of(); // whoever reads it as a model will say what is wrong
    }
  }

  /// Reads a model from memory within [OnnxLimits#DEFAULT]; external data is refused.
  ///
  /// @param bytes borrowed: must not change while the model lives
  /// @param where what to call the model in messages
  /// @throws ModelFormatException unless it is a valid ONNX model
  public static Model read(byte[] bytes, String where) {
    return STANDARD.readBytes(bytes, where, null);
  }

  /// Reads a file, and external data in its folder.
  ///
  /// @throws ModelFormatException unless it is a valid ONNX model
  /// @throws IOException if it cannot be read
  public Model readFile(Path file) throws IOException {
    return readFile(file, _ -> {});
  }

  private Model readFile(Path file, LongConsumer bytes) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "no such file; expected an ONNX model");
    }
    if (!Files.isRegularFile(file)) {
      throw new ModelFormatException(file + ": not a regular file; expected an ONNX model");
    }
    long size = Files.size(file);
    if (size > limits.fileBytes()) {
      throw new ModelFormatException(
          "%s: has %d bytes, the limit is %d; large weights belong in external data"
              .formatted(file, size, limits.fileBytes()));
    }
    Path folder = file.toAbsolutePath().getParent();
    ExternalData external = new ExternalData(folder, file);
    DetachedData detached = new DetachedData();
    Model model = decode(content(file, detached), detached, file.toString(), external);
    bytes.accept(size + external.missingBytes());
    return model;
  }

  /// Reads a model from memory.
  ///
  /// @param bytes borrowed: must not change while the model lives
  /// @param where what to call the model in messages
  /// @param folder where external data may be; null refuses it
  /// @throws ModelFormatException unless it is a valid ONNX model
  public Model readBytes(byte[] bytes, String where, @Nullable Path folder) {
    if (bytes.length > limits.fileBytes()) {
      throw new ModelFormatException(
          "%s: has %d bytes, the limit is %d".formatted(where, bytes.length, limits.fileBytes()));
    }
    return decode(
        () -> UnsafeByteOperations.unsafeWrap(bytes),
        new DetachedData(),
        where,
        new ExternalData(folder, null));
  }

  /// A serialized `ModelProto`.
  @FunctionalInterface
  private interface Content {
    /// @throws InvalidProtocolBufferException if the bytes are not a serialized message
    ByteString get() throws InvalidProtocolBufferException;
  }

  /// The bytes of a small file; of a larger one those outside the data of large tensors.
  private Content content(Path file, DetachedData detached) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size <= MOST_BYTES_IN_MEMORY) {
        byte[] bytes = RegularFile.readAllBytes(file, MOST_BYTES_IN_MEMORY);
        return () -> UnsafeByteOperations.unsafeWrap(bytes);
      }
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, Arena.ofAuto());
      return () -> DataCut.of(mapped, detached, limits);
    }
  }

  private Model decode(
      Content content, DetachedData detached, String where, ExternalData external) {
    try {
      ModelProto proto = parse(content.get());
      Model model = ModelDecoder.decode(proto, limits, external, detached);
      if (external.missingBytes() > 0) {
        long graph = proto.getGraph().getSerializedSize() + detached.bytes();
        external.count(
            CodedOutputStream.computeUInt64SizeNoTag(graph + external.missingBytes())
                - CodedOutputStream.computeUInt64SizeNoTag(graph));
      }
      UnpackWeights.apply(model, limits);
      GraphValidator.validate(model);
      return model;
    } catch (ModelFormatException e) {
      throw new ModelFormatException(where + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new ModelFormatException(
          "%s: not an ONNX model, or truncated: %s".formatted(where, e.getMessage()), e);
    }
  }

  private ModelProto parse(ByteString bytes) throws IOException {
    if (bytes.isEmpty()) {
      throw new ModelFormatException("is empty; expected an ONNX model");
    }
    WireScan.check(bytes, ModelProto.getDescriptor(), limits);
    CodedInputStream input = bytes.newCodedInput();
    input.enableAliasing(true);
    input.setRecursionLimit(limits.messageDepth());
    input.setSizeLimit(Integer.MAX_VALUE);
    ModelProto model = ModelProto.parseFrom(input);
    if (!input.isAtEnd()) {
      throw new InvalidProtocolBufferException("bytes follow the end of the message");
    }
    return model;
  }
}
