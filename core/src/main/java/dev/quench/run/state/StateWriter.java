// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.state;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Writes a state as bytes: its kind, then numbers and blocks in a fixed order, big-endian, for
/// [StateReader]. Not thread-safe.
public final class StateWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);

  /// @param kind what the state is of, with a version, such as `top-k 1`
  public StateWriter(String kind) {
    text(kind);
  }

  public StateWriter number(long value) {
    return written(() -> out.writeLong(value));
  }

  public StateWriter integer(int value) {
    return written(() -> out.writeInt(value));
  }

  /// By its bits.
  public StateWriter real(double value) {
    return number(Double.doubleToRawLongBits(value));
  }

  public StateWriter flag(boolean value) {
    return written(() -> out.writeBoolean(value));
  }

  public StateWriter text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  /// A block, preceded by its length.
  public StateWriter bytes(byte[] block) {
    integer(block.length);
    return written(() -> out.write(block));
  }

  public StateWriter sum(ExactSum sum) {
    sum.writeTo(this);
    return this;
  }

  /// All that was written. A copy.
  public byte[] toBytes() {
    return bytes.toByteArray();
  }

  private interface Step {
    void run() throws IOException;
  }

  private StateWriter written(Step step) {
    try {
      step.run();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
  }
}
