// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyFileTest {
  @TempDir Path folder;

  private static final List<DataType> TYPES =
      List.of(
          DataType.FLOAT16,
          DataType.FLOAT,
          DataType.DOUBLE,
          DataType.INT8,
          DataType.INT16,
          DataType.INT32,
          DataType.INT64,
          DataType.UINT8,
          DataType.UINT16,
          DataType.UINT32,
          DataType.UINT64,
          DataType.BOOL);

  private Tensor roundTrip(Tensor tensor) throws IOException {
    Path file = folder.resolve("array.npy");
    NpyFile.write(file, tensor);
    return NpyFile.read(file);
  }

  private byte[] bytesOf(Tensor tensor) throws IOException {
    Path file = folder.resolve("bytes.npy");
    NpyFile.write(file, tensor);
    return Files.readAllBytes(file);
  }

  private static byte[] file(String header, int elementBytes) {
    byte[] text = header.getBytes(StandardCharsets.US_ASCII);
    byte[] bytes = new byte[10 + text.length + elementBytes];
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) text.length, 0};
    System.arraycopy(start, 0, bytes, 0, start.length);
    System.arraycopy(text, 0, bytes, start.length, text.length);
    return bytes;
  }

  private Tensor read(byte[] bytes) throws IOException {
    return NpyFile.read(Files.write(folder.resolve("given.npy"), bytes));
  }

  @Test
  void readsBackEveryType() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    for (DataType type : TYPES) {
      byte[] bytes = new byte[(int) type.byteSize(6)];
      random.nextBytes(bytes);
      Tensor tensor = Tensor.of(type, Shape.of(2, 3), MemorySegment.ofArray(bytes));
      assertThat(roundTrip(tensor).contentEquals(tensor)).as(type.name()).isTrue();
    }
  }

  @Test
  void readsBackScalarsVectorsAndEmptyArrays() throws IOException {
    for (Shape shape : List.of(Shape.SCALAR, Shape.of(5), Shape.of(0, 3), Shape.of(1, 1, 1, 4))) {
      Tensor tensor = Tensor.ofFloats(shape, new float[(int) shape.elements()]);
      assertThat(roundTrip(tensor).contentEquals(tensor)).as(shape.toString()).isTrue();
    }
  }

  @Test
  void keepsNumbersThatAreNotFinite() throws IOException {
    Tensor tensor = Tensor.ofFloats(Shape.of(3), Float.NaN, Float.POSITIVE_INFINITY, -0f);
    assertThat(roundTrip(tensor).contentEquals(tensor)).isTrue();
  }

  @Test
  void writesTheHeaderThatNumPyWrites() throws IOException {
    byte[] bytes = bytesOf(Tensor.ofFloats(Shape.of(2, 1), 1, 2));
    assertThat(bytes).hasSize(128 + 8);
    assertThat(new String(bytes, 10, 118, StandardCharsets.US_ASCII))
        .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }")
        .endsWith(" \n");
  }

  @Test
  void readsVersionTwoAndOddSpacing() throws IOException {
    byte[] one = file("{ 'shape':(2,) ,'fortran_order' : False,'descr':'|u1'}\n", 2);
    byte[] two = new byte[one.length + 2];
    System.arraycopy(one, 0, two, 0, 9);
    two[6] = 2;
    System.arraycopy(one, 10, two, 12, one.length - 10);
    assertThat(read(one).shape()).isEqualTo(Shape.of(2));
    assertThat(read(two).shape()).isEqualTo(Shape.of(2));
  }

  @Test
  void refusesWhatItCannotRead() {
    assertRefused(file("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", 4), "Fortran");
    assertRefused(file("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", 4), "'>f4'");
    assertRefused(file("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 8), "'<c8'");
    assertRefused(
        file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4), "records");
    assertRefused(file("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4), "'shape'");
    assertRefused(
        file("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 4),
        "999");
    assertRefused(
        file("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 4),
        "too many elements");
    assertRefused(
        file("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000,), }", 4), "at most");
    assertRefused(
        file("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 8), "truncated, holds 8");
    assertRefused(
        file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 8), "has data after");
    assertRefused(new byte[0], "starts with nothing");
    assertRefused("not an array".getBytes(StandardCharsets.US_ASCII), "not a .npy file");
  }

  private void assertRefused(byte[] bytes, String problem) {
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("given.npy")
        .hasMessageContaining(problem);
  }

  @Test
  void survivesEveryTruncationAndRandomDamage() throws IOException {
    byte[] whole = bytesOf(Tensor.ofFloats(Shape.of(2, 2), 1, 2, 3, 4));
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> read(cut)).isInstanceOf(DataException.class);
    }
    SplittableRandom random = new SplittableRandom(2);
    int accepted = 0;
    for (int i = 0; i < 500; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(128)] = (byte) random.nextInt(256);
      try {
        accepted += read(damaged).dataType().bits() > 0 ? 1 : 0;
      } catch (DataException e) {
        assertThat(e).hasMessageContaining("given.npy");
      }
    }
    assertThat(accepted).isBetween(1, 499);
  }

  @Test
  void refusesToWriteTypesThatNumPyLacks() {
    Tensor tensor = Tensor.of(DataType.BFLOAT16, Shape.of(1), MemorySegment.ofArray(new byte[2]));
    assertThatThrownBy(() -> NpyFile.write(folder.resolve("x.npy"), tensor))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("BFLOAT16");
    assertThat(folder.resolve("x.npy")).doesNotExist();
  }

  private Path archive(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getValue());
        out.closeEntry();
      }
    }
    return Files.write(folder.resolve("arrays.npz"), bytes.toByteArray());
  }

  @Test
  void readsArchives() throws IOException {
    Tensor x = Tensor.ofFloats(Shape.of(2, 2), 1, 2, 3, 4);
    Tensor y = Tensor.ofInts(Shape.of(2), 4, 1);
    Path file = archive(Map.of("x.npy", bytesOf(x), "y.npy", bytesOf(y)));
    Map<String, Tensor> arrays = NpzFile.read(file);
    assertThat(arrays).containsOnlyKeys("x", "y");
    assertThat(arrays.get("x").contentEquals(x)).isTrue();
    Dataset data = NpyDataset.openArchive(file, Optional.of("y"));
    try (Stream<Batch> batches = data.batches(1)) {
      assertThat(batches.map(Batch::labels))
          .containsExactly(new Labels.Classes(List.of(4)), new Labels.Classes(List.of(1)));
    }
  }

  @Test
  void limitsInflation() throws IOException {
    byte[] zeros = bytesOf(Tensor.ofFloats(Shape.of(250_000), new float[250_000]));
    Path file = archive(Map.of("a.npy", zeros, "b.npy", zeros));
    assertThat(Files.size(file)).isLessThan(10_000);
    assertThat(NpzFile.read(file, 2_000_000)).hasSize(2);
    assertThatThrownBy(() -> NpzFile.read(file, 1_999_999))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("at most 999999");
  }

  @Test
  void refusesOtherArchives() throws IOException {
    Path text = archive(Map.of("read\u001b[2Jme.txt", new byte[3]));
    assertThatThrownBy(() -> NpzFile.read(text))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected a .npy array")
        .hasMessageNotContaining("\u001b");
    Path noise = Files.write(folder.resolve("noise.npz"), new byte[100]);
    assertThatThrownBy(() -> NpzFile.read(noise))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("noise.npz");
  }
}
