// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateFolderTest {
  @TempDir Path folder;

  @Test
  void makesAFolderForItsOwnerAlone() throws IOException {
    Path made = PrivateFolder.open(folder.resolve("a/b"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
        .isEqualTo("rwx------");
    assertThat(PrivateFolder.open(made)).isEqualTo(made);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxr-xr-x", "rwx---r--", "rwxrwx---", "rwx-----x", "r-x------"})
  void refusesAFolderThatOthersMayEnter(String permissions) throws IOException {
    Path open =
        Files.createDirectory(
            folder.resolve("open"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString(permissions));
    assertThatIOException()
        .isThrownBy(() -> PrivateFolder.open(open))
        .withMessageContaining("has permissions " + permissions)
        .withMessageContaining("chmod 700");
  }

  @Test
  void refusesAFile() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatIOException()
        .isThrownBy(() -> PrivateFolder.open(file))
        .withMessageContaining("is not a folder");
  }

  /// Only root can give a folder away, so only root sees this.
  @Test
  void refusesAFolderOfAnotherUser() throws IOException {
    Path foreign = PrivateFolder.open(folder.resolve("foreign"));
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make such a folder");
    Files.setAttribute(foreign, "unix:uid", 12345);
    assertThatIOException()
        .isThrownBy(() -> PrivateFolder.open(foreign))
        .withMessageContaining("belongs to 12345");
  }

  @Test
  void looksWhereALinkLeads() throws IOException {
    Path open = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), open);
    assertThatIOException().isThrownBy(() -> PrivateFolder.open(link));
  }
}
