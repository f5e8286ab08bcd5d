// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

public class PtxIsaTest {
  private static final int PTX = 1;
  private static final int MACHINE_CODE = 2;

  @TempDir Path folder;

  @Test
  void findsTheFirstPtxOfAFile() throws Exception {
    ByteBuffer file = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(8, 0xBA55ED50); // no header follows
    binary(file, 100, MACHINE_CODE, 0, 0);
    binary(file, 300, PTX, 9, 1);
    binary(file, 500, PTX, 8, 0);
    Path path = Files.write(folder.resolve("lib.so"), file.array());
    assertThat(PtxIsa.read(path)).contains(new PtxIsa(9, 1));
  }

  @Test
  void findsNothingInOtherFiles() {
    for (int size : new int[] {0, 1, 47, 48, 1000}) {
      assertThat(PtxIsa.find(MemorySegment.ofArray(new byte[size]))).isEmpty();
    }
  }

  @Test
  void findsNothingInABinaryThatIsCutOff() {
    ByteBuffer file = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
    binary(file, 100, PTX, 9, 1);
    assertThat(PtxIsa.find(MemorySegment.ofArray(file.array()).asSlice(0, 147))).isEmpty();
    assertThat(PtxIsa.find(MemorySegment.ofArray(file.array()).asSlice(0, 148))).isPresent();
  }

  @ParameterizedTest
  @CsvSource({"7, 8, 13000", "8, 8, 13000", "9, 0, 13000", "9, 1, 13010", "9, 3, 13030"})
  void saysWhichCudaTheDriverMustHave(int major, int minor, int cuda) {
    assertThat(new PtxIsa(major, minor).neededCuda()).hasValue(cuda);
  }

  @Test
  void claimsNothingOfVersionsThatItDoesNotKnow() {
    assertThat(new PtxIsa(10, 0).neededCuda()).isEmpty();
  }

  /// As NVIDIA's compiler writes it, with a header of 0x50 bytes for the entry.
  public static void binary(ByteBuffer file, int at, int kind, int major, int minor) {
    file.putInt(at, 0xBA55ED50).putShort(at + 4, (short) 1).putShort(at + 6, (short) 16);
    int entry = at + 16;
    file.putShort(entry, (short) kind).putShort(entry + 2, (short) 0x101).putInt(entry + 4, 0x50);
    file.putShort(entry + 24, (short) minor).putShort(entry + 26, (short) major);
    file.putInt(entry + 28, 86);
  }
}
