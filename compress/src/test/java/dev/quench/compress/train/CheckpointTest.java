// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.compress.train.run.Checkpoint;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.TrainingException;
import dev.quench.compress.train.run.WeightProfile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/// Files that somebody, or a full disk, has changed; some with a digest that is right all the same.
class CheckpointTest {
  private static byte[] written() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Checkpoint(
            "net",
            "data",
            "settings",
            List.of(
                new EpochReport(
                    1,
                    0.5,
                    0.9,
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    0.01,
                    WeightProfile.EMPTY,
                    2)),
            List.of(new float[] {1, 2, 3}, new float[] {4}))
        .write(out);
    return out.toByteArray();
  }

  private static void assertDamaged(byte[] file) {
    assertThatExceptionOfType(TrainingException.class)
        .isThrownBy(() -> Checkpoint.read(new ByteArrayInputStream(file)))
        .withMessageContaining("damaged");
  }

  @Test
  void comesBackAsItWas() throws IOException {
    Checkpoint read = Checkpoint.read(new ByteArrayInputStream(written()));
    assertThat(read.epochs()).hasSize(1);
    assertThat(read.vectors().get(0)).containsExactly(1, 2, 3);
    assertThat(read.vectors().get(1)).containsExactly(4);
  }

  @Test
  void isRefusedWhenItIsCutShort() throws IOException {
    byte[] file = written();
    for (int length = 8; length < file.length; length++) {
      assertDamaged(Arrays.copyOf(file, length));
    }
  }

  @Test
  void isRefusedWhenItsBodyIsShorterThanItSays() throws IOException, NoSuchAlgorithmException {
    byte[] file = written();
    byte[] body = Arrays.copyOfRange(file, 12, file.length - 32);
    for (int length = 0; length < body.length; length++) {
      assertDamaged(file(Arrays.copyOf(body, length)));
    }
    assertDamaged(file(Arrays.copyOf(body, body.length + 4)));
  }

  private static byte[] file(byte[] body) throws IOException, NoSuchAlgorithmException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.write("QNCHTRN2".getBytes(StandardCharsets.US_ASCII));
      out.writeInt(body.length);
      out.write(body);
      out.write(MessageDigest.getInstance("SHA-256").digest(body));
    }
    return bytes.toByteArray();
  }
}
