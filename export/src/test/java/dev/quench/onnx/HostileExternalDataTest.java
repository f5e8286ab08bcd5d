// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static dev.quench.onnx.HostileModels.READER;
import static dev.quench.onnx.HostileModels.assertRefused;
import static dev.quench.onnx.HostileModels.model;
import static dev.quench.onnx.HostileModels.tensor;
import static dev.quench.onnx.HostileModels.using;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.onnx.proto.OnnxProto.StringStringEntryProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// External data is read from inside the folder of the model only.
class HostileExternalDataTest {
  @TempDir private Path folder;

  private byte[] external(String location, String... more) {
    TensorProto.Builder tensor =
        tensor(2).setDataLocation(1).addExternalData(entry("location", location));
    for (int i = 0; i < more.length; i += 2) {
      tensor.addExternalData(entry(more[i], more[i + 1]));
    }
    return model(using(tensor)).toByteArray();
  }

  private StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private void assertRefusedHere(byte[] bytes, String... words) {
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> READER.readBytes(bytes, "bad.onnx", folder))
        .satisfies(e -> assertThat(e.getMessage()).contains("tensor 'w'").contains(words));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../etc/passwd",
        "/etc/passwd",
        "sub/../../x",
        "sub/../inside.bin",
        "",
        ".",
        "a\u0000b"
      })
  void outsideOfTheModelsFolderAreRefused(String location) throws IOException {
    Files.write(folder.resolve("inside.bin"), new byte[8]);
    assertRefusedHere(external(location), "external data");
  }

  @Test
  void behindALinkAreRefused(@TempDir Path elsewhere) throws IOException {
    Path secret = Files.write(elsewhere.resolve("secret.bin"), new byte[8]);
    Files.createSymbolicLink(folder.resolve("innocent.bin"), secret);
    Files.createSymbolicLink(folder.resolve("linked"), elsewhere);
    assertRefusedHere(external("innocent.bin"), "refused", "a link", "inside the model's folder");
    assertRefusedHere(external("linked/secret.bin"), "refused");
  }

  @Test
  void thatAreMissingOrTooShortAreNamed() throws IOException {
    assertRefusedHere(external("gone.bin"), "'gone.bin'", "missing");
    Files.createDirectory(folder.resolve("data"));
    assertRefusedHere(external("data"), "'data'", "is a folder");
    Files.write(folder.resolve("short.bin"), new byte[7]);
    assertRefusedHere(external("short.bin"), "'short.bin'", "7 bytes", "8 bytes");
    assertRefusedHere(
        external("short.bin", "offset", Long.toString(Long.MAX_VALUE)), "'short.bin'");
  }

  @Test
  void withOddOffsetsAndLengthsAreRefused() throws IOException {
    Files.write(folder.resolve("data.bin"), new byte[64]);
    assertRefusedHere(external("data.bin", "offset", "-1"), "offset", "'-1'");
    assertRefusedHere(external("data.bin", "offset", "ten"), "offset", "'ten'");
    assertRefusedHere(external("data.bin", "length", "9"), "length 9", "8 bytes");
  }

  @Test
  void areRefusedForModelsFromMemory() {
    assertRefused(external("data.bin"), "tensor 'w'", "from memory");
  }

  @Test
  void insideTheFolderAreMapped() throws IOException {
    Files.write(
        folder.resolve("data.bin"), new byte[] {9, 9, 9, 9, 0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0});
    Model model =
        READER.readBytes(external("data.bin", "offset", "4", "length", "8"), "good", folder);
    assertThat(model.graph().value("w").orElseThrow().initializer().orElseThrow().toFloats())
        .containsExactly(1, 0);
  }
}
