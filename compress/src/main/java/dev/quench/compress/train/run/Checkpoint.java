// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.digest.Sha256;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The whole state of a training run after an epoch. Training that resumes from it gives the same
/// result as uninterrupted training.
///
/// File format, big-endian except for the little-endian floats: the eight bytes `QNCHTRN2`, length
/// and bytes of the body, SHA-256 of the body. The body holds network, data and settings as text,
/// the reports of the finished epochs, and the float vectors. Immutable.
public final class Checkpoint {
  private static final byte[] MAGIC = "QNCHTRN2".getBytes(StandardCharsets.US_ASCII);
  private static final int LARGEST_BODY = 1 << 30;
  private static final int DIGEST_BYTES = 32;
  private static final int MOST_VECTORS = 8;

  private final String network;
  private final String data;
  private final String settings;
  private final List<EpochReport> epochs;
  private final List<float[]> vectors;

  /// @param vectors not copied; do not change them afterwards
  public Checkpoint(
      String network,
      String data,
      String settings,
      List<EpochReport> epochs,
      List<float[]> vectors) {
    this.network = network;
    this.data = data;
    this.settings = settings;
    this.epochs = List.copyOf(epochs);
    this.vectors = List.copyOf(vectors);
  }

  /// Reports of the finished epochs.
  public List<EpochReport> epochs() {
    return epochs;
  }

  /// Parameters, statistics, moments of the optimizer and, where the best epoch is kept, its
  /// parameters and statistics, in this order; not copied.
  public List<float[]> vectors() {
    return vectors;
  }

  /// @throws TrainingException if the checkpoint belongs to another run, naming the difference
  void requireRun(String otherNetwork, String otherData, String otherSettings) {
    requireSame("network has", network, otherNetwork);
    requireSame("data have", data, otherData);
    requireSame("settings have", settings, otherSettings);
  }

  private static void requireSame(String what, String mine, String other) {
    if (!mine.equals(other)) {
      throw new TrainingException(
          "the checkpoint belongs to another run: its %s (%s), expected (%s); use the same, or start again in another folder"
              .formatted(what, part(mine, other), part(other, mine)));
    }
  }

  /// The first of the comma-separated parts that differs from that of another text.
  private static String part(String text, String other) {
    String[] parts = text.split(", ", -1);
    String[] others = other.split(", ", -1);
    for (int i = 0; i < parts.length; i++) {
      if (i >= others.length || !parts[i].equals(others[i])) {
        return parts[i];
      }
    }
    return "nothing more";
  }

  /// Writes the checkpoint in the file format above.
  ///
  /// @param out not closed
  public void write(OutputStream out) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (DataOutputStream sink = new DataOutputStream(body)) {
      for (String text : List.of(network, data, settings)) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        sink.writeInt(bytes.length);
        sink.write(bytes);
      }
      sink.writeInt(epochs.size());
      for (EpochReport epoch : epochs) {
        EpochBytes.write(epoch, sink);
      }
      sink.writeInt(vectors.size());
      for (float[] vector : vectors) {
        sink.writeInt(vector.length);
        ByteBuffer bytes =
            ByteBuffer.allocate(Math.multiplyExact(4, vector.length))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        sink.write(bytes.array());
      }
    }
    if (body.size() > LARGEST_BODY) {
      throw new IOException(
          "the state takes %,d bytes, at most %,d are read again; train without a checkpoint"
              .formatted(body.size(), LARGEST_BODY));
    }
    DataOutputStream file = new DataOutputStream(out);
    file.write(MAGIC);
    file.writeInt(body.size());
    body.writeTo(file);
    file.write(Sha256.digest().digest(body.toByteArray()));
    file.flush();
  }

  /// Reads a checkpoint that [#write] wrote.
  ///
  /// @param in read to the end of the checkpoint, not closed
  /// @throws TrainingException if the data are not a checkpoint or are damaged
  /// @throws IOException if it cannot be read
  public static Checkpoint read(InputStream in) throws IOException {
    DataInputStream file = new DataInputStream(in);
    byte[] magic = file.readNBytes(MAGIC.length);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new TrainingException("expected a training checkpoint of this version");
    }
    int length;
    try {
      length = file.readInt();
    } catch (EOFException e) {
      throw damaged();
    }
    if (length < 0 || length > LARGEST_BODY) {
      throw damaged();
    }
    byte[] body = file.readNBytes(length);
    byte[] digest = file.readNBytes(DIGEST_BYTES);
    if (body.length != length || !MessageDigest.isEqual(digest, Sha256.digest().digest(body))) {
      throw damaged();
    }
    try (DataInputStream source = new DataInputStream(new ByteArrayInputStream(body))) {
      return parse(source, length);
    } catch (EOFException e) {
      throw damaged(); // the digest matches, so the body was malformed on purpose
    }
  }

  private static Checkpoint parse(DataInputStream source, int limit) throws IOException {
    String network = text(source);
    String data = text(source);
    String settings = text(source);
    List<EpochReport> epochs = new ArrayList<>();
    int epochCount = count(source, limit);
    for (int i = 0; i < epochCount; i++) {
      epochs.add(EpochBytes.read(source));
    }
    List<float[]> vectors = new ArrayList<>();
    int vectorCount = count(source, MOST_VECTORS);
    for (int i = 0; i < vectorCount; i++) {
      float[] vector = new float[count(source, source.available() / 4)];
      byte[] bytes = all(source, 4 * vector.length);
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
      vectors.add(vector);
    }
    if (source.available() > 0) {
      throw damaged();
    }
    return new Checkpoint(network, data, settings, epochs, vectors);
  }

  private static String text(DataInputStream source) throws IOException {
    return new String(all(source, count(source, source.available())), StandardCharsets.UTF_8);
  }

  private static byte[] all(DataInputStream source, int length) throws IOException {
    byte[] bytes = source.readNBytes(length);
    if (bytes.length < length) {
      throw damaged();
    }
    return bytes;
  }

  static int count(DataInputStream source, int limit) throws IOException {
    int count = source.readInt();
    if (count < 0 || count > limit) {
      throw damaged();
    }
    return count;
  }

  static TrainingException damaged() {
    return new TrainingException("the checkpoint is damaged or truncated; delete it");
  }
}
