// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.state;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Reads what [StateWriter] wrote. Trusts no length: a state that ends too early, goes on too long
/// or is of another kind is an [IllegalArgumentException]. Not thread-safe.
public final class StateReader {
  private final ByteBuffer in;
  private final String kind;

  /// @param kind the expected one
  public StateReader(byte[] state, String kind) {
    this.in = ByteBuffer.wrap(state);
    this.kind = kind;
    String received = text();
    if (!received.equals(kind)) {
      throw new IllegalArgumentException(
          "expected a state of '%s', got one of '%s'; merge states of one metric and version of Quench"
              .formatted(kind, received));
    }
  }

  public long number() {
    try {
      return in.getLong();
    } catch (BufferUnderflowException e) {
      throw damaged("it ends too early");
    }
  }

  /// A number of 0 or more.
  public long count() {
    long count = number();
    if (count < 0) {
      throw damaged("it has a count of " + count);
    }
    return count;
  }

  public int integer() {
    try {
      return in.getInt();
    } catch (BufferUnderflowException e) {
      throw damaged("it ends too early");
    }
  }

  /// The number of elements that follow.
  ///
  /// @param bytesEach at least this many for each element, 1 or more
  public int size(int bytesEach) {
    int size = integer();
    if (size < 0 || size > in.remaining() / bytesEach) {
      throw damaged("it ends before its " + size + " elements");
    }
    return size;
  }

  public double real() {
    return Double.longBitsToDouble(number());
  }

  public boolean flag() {
    if (!in.hasRemaining()) {
      throw damaged("it ends too early");
    }
    return in.get() != 0;
  }

  public String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /// A block. A copy.
  public byte[] bytes() {
    byte[] block = new byte[size(1)];
    in.get(block);
    return block;
  }

  public ExactSum sum() {
    return ExactSum.readFrom(this);
  }

  /// Checks that everything has been read.
  public void end() {
    if (in.hasRemaining()) {
      throw damaged(in.remaining() + " bytes follow its end");
    }
  }

  /// An error that says what is wrong with this state.
  public IllegalArgumentException damaged(String reason) {
    return new IllegalArgumentException("a state of '%s' is damaged: %s".formatted(kind, reason));
  }
}
