// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import dev.quench.digest.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A digest of samples that does not depend on their order, so that parts of them can be digested
/// apart and [added][#add(UnorderedDigest)]: for data that are a set of rows.
///
/// LtHash with 1,024 sums of 16 bits: each sample is expanded by SHA-256 in counter mode to 2,048
/// bytes, which are added lane by lane, modulo `2^16`. Source: K. Lewi et al., "Securing Update
/// Propagation with Homomorphic Hashing", IACR 2019/227, section 4.3, where the expansion is
/// BLAKE2. A sample counts as often as it occurs. Not thread-safe.
public final class UnorderedDigest {
  /// Size of [#state].
  public static final int STATE_BYTES = 2048;

  private static final int LANES = STATE_BYTES / Short.BYTES;

  private final short[] lanes = new short[LANES];
  private long samples;

  /// The digest of all inputs of a data set, without labels: these do not matter to a calibration.
  ///
  /// @throws UncheckedIOException if the data cannot be read
  public static String of(Dataset data) {
    UnorderedDigest digest = new UnorderedDigest();
    try (Stream<Batch> batches = data.batches(1)) {
      batches.forEachOrdered(digest::add);
    } catch (IOException e) {
      throw new UncheckedIOException(data.description() + ": " + e.getMessage(), e);
    }
    return digest.hex();
  }

  /// Adds the inputs of one sample.
  ///
  /// @param sample a batch of size 1
  public void add(Batch sample) {
    if (sample.size() != 1) {
      throw new IllegalArgumentException("expected one sample, got " + sample.size());
    }
    Digest digest = new Digest("sample");
    new TreeMap<>(sample.inputs()).forEach((name, tensor) -> digest.text(name).tensor(tensor));
    byte[] seed = digest.hex().getBytes(StandardCharsets.US_ASCII);
    MessageDigest sha = Sha256.digest();
    for (int lane = 0, block = 0; lane < LANES; block++) {
      sha.update(seed);
      sha.update((byte) block);
      ByteBuffer expanded = ByteBuffer.wrap(sha.digest()).order(ByteOrder.LITTLE_ENDIAN);
      while (expanded.hasRemaining()) {
        lanes[lane] = (short) (lanes[lane] + expanded.getShort());
        lane++;
      }
    }
    samples++;
  }

  /// Adds all samples of another digest.
  public void add(UnorderedDigest other) {
    for (int lane = 0; lane < LANES; lane++) {
      lanes[lane] = (short) (lanes[lane] + other.lanes[lane]);
    }
    samples += other.samples;
  }

  /// How many samples were added.
  public long samples() {
    return samples;
  }

  /// The sums, little-endian; [#ofState] reads them.
  public byte[] state() {
    ByteBuffer bytes = ByteBuffer.allocate(STATE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(lanes);
    return bytes.array();
  }

  /// @param state of [#STATE_BYTES]
  /// @param samples that were added to it
  public static UnorderedDigest ofState(byte[] state, long samples) {
    if (state.length != STATE_BYTES) {
      throw new IllegalArgumentException(
          "expected %d bytes of sums, got %d".formatted(STATE_BYTES, state.length));
    }
    UnorderedDigest digest = new UnorderedDigest();
    ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(digest.lanes);
    digest.samples = samples;
    return digest;
  }

  /// SHA-256 over the number of samples and the sums, in hex.
  public String hex() {
    byte[] state = state();
    return new Digest("unordered samples").number(samples).bytes(state, 0, state.length).hex();
  }
}
