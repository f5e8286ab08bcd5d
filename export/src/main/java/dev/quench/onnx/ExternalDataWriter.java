// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.onnx.proto.OnnxProto.StringStringEntryProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Writes large initializers one after the other to a data file, each at a multiple of 4096 bytes
/// so that it can be mapped.
final class ExternalDataWriter implements TensorSink {
  private static final int EXTERNAL = 1;
  private static final long ALIGNMENT = 4096;

  private final OutputStream data;
  private final String location;
  private final long thresholdBytes;
  private final byte[] chunk = new byte[1 << 20];
  private long end;

  /// @param location the data file's name as the model will state it
  ExternalDataWriter(OutputStream data, String location, long thresholdBytes) {
    this.data = data;
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
      data.write(new byte[(int) (offset - end)]);
      write(tensor.bytes());
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

  private void write(MemorySegment bytes) throws IOException {
    long done = 0;
    while (done < bytes.byteSize()) {
      int size = (int) Math.min(chunk.length, bytes.byteSize() - done);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, done, chunk, 0, size);
      data.write(chunk, 0, size);
      done += size;
    }
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
