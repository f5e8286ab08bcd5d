// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.onnx.proto.OnnxProto.StringStringEntryProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// Writes the initializers that are large enough one after the other into a data file, each at a multiple of 4096 bytes so
/// that it can be mapped.
final class ExternalDataWriter implements TensorSink {
  private static final int EXTERNAL = 1;
  private static final long ALIGNMENT = 4096;
  private static final long CHUNK_BYTES = 1L << 30;

  private final FileChannel channel;
  private final String location;
  private final long thresholdBytes;
  private long end;

  /// @param location the data file's name as the model will state it
  ExternalDataWriter(FileChannel channel, String location, long thresholdBytes) {
    this.channel = channel;
    this.location = location;
    this.thresholdBytes = thresholdBytes;
  }

  /// @throws UncheckedIOException if the data cannot be written
  @Override
  public boolean takes(Tensor tensor, TensorProto.Builder proto) {
    if (tensor.byteSize() < thresholdBytes || tensor.byteSize() == 0) {
      return false;
    }
    long offset = Math.ceilDiv(end, ALIGNMENT) * ALIGNMENT;
    try {
      write(tensor.bytes(), offset);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    end = offset + tensor.byteSize();
    proto
        .setDataLocation(EXTERNAL)
        .addExternalData(entry("location", location))
        .addExternalData(entry("offset", Long.toString(offset)))
        .addExternalData(entry("length", Long.toString(tensor.byteSize())));
    return true;
  }

  private void write(MemorySegment bytes, long offset) throws IOException {
    for (long done = 0; done < bytes.byteSize(); ) {
      ByteBuffer chunk =
          bytes.asSlice(done, Math.min(CHUNK_BYTES, bytes.byteSize() - done)).asByteBuffer();
      while (chunk.hasRemaining()) {
        done += channel.write(chunk, offset + done);
      }
    }
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
