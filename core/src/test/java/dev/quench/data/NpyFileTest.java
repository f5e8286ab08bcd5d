// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(
      names = {
        "BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "FLOAT16",
        "FLOAT", "DOUBLE"
      })
  void readsBackWhatItWrote(DataType type) throws IOException {
    for (Shape shape : List.of(Shape.SCALAR, Shape.of(5), Shape.of(2, 3, 4), Shape.of(3, 0))) {
      Tensor tensor =
          RandomTensors.of(List.of(new TensorSpec("x", type, shape)), 7).values().iterator().next();
      Path file = folder.resolve("x.npy");
      NpyFile.write(file, tensor);
      assertThat(NpyFile.read(file).contentEquals(tensor)).isTrue();
    }
  }

  @Test
  void writesWhatNumPyWrites() throws IOException {
    Path file = folder.resolve("x.npy");
    NpyFile.write(file, Tensor.ofFloats(Shape.of(2), 1, 2));
    byte[] bytes = Files.readAllBytes(file);
    assertThat(bytes).hasSize(128 + 8).startsWith(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0);
    assertThat(new String(bytes, 10, 118, StandardCharsets.US_ASCII))
        .isEqualTo(
            "%-117s\n".formatted("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"));
  }

  @Test
  void refusesATypeThatNumPyDoesNotKnow() {
    Tensor tensor =
        RandomTensors.of(List.of(new TensorSpec("x", DataType.BFLOAT16, Shape.of(2))), 1).get("x");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> NpyFile.write(folder.resolve("x.npy"), tensor))
        .withMessageContaining("no type BFLOAT16; cast the tensor to FLOAT first");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
        "nonsense"
      })
  void refusesOtherHeaders(String header) throws IOException {
    Path file = folder.resolve("x.npy");
    Files.write(file, npy(header, 8));
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> NpyFile.read(file))
        .withMessageStartingWith(file + ": ");
  }

  @Test
  void survivesAnyDamage() throws IOException {
    byte[] good = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", 16);
    SplittableRandom random = new SplittableRandom(42);
    Path file = folder.resolve("x.npy");
    int refused = 0;
    for (int i = 0; i < 300; i++) {
      byte[] bad = Arrays.copyOf(good, random.nextInt(good.length + 1));
      if (bad.length > 0) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(file, bad);
      try {
        NpyFile.read(file);
      } catch (DataException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(250);
  }

  private static byte[] npy(String header, int bytes) {
    byte[] text = (header + "\n").getBytes(StandardCharsets.US_ASCII);
    byte[] file = new byte[10 + text.length + bytes];
    byte[] magic = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) text.length, 0};
    System.arraycopy(magic, 0, file, 0, 10);
    System.arraycopy(text, 0, file, 10, text.length);
    return file;
  }
}
