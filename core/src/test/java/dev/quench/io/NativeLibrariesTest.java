// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {
  @TempDir private Path folder;

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void lieInAFolderOfTheUserAlone() throws IOException {
    Path found = NativeLibraries.checkedFolder(null, folder.toString());
    assertThat(found).isEqualTo(folder.toRealPath().resolve(".cache/quench/native"));
    assertThat(permissions(found)).isEqualTo("rwx------");
    assertThat(NativeLibraries.checkedFolder(folder.resolve("other").toString(), null))
        .isEqualTo(folder.toRealPath().resolve("other/quench/native"));
  }

  @Test
  void neverLieWhereOthersCanWrite() throws IOException {
    Path open = Files.createDirectories(folder.resolve(".cache/quench/native"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path found = NativeLibraries.checkedFolder(null, folder.toString());
    assertThat(found).isNotEqualTo(open);
    assertThat(permissions(found)).isEqualTo("rwx------");
  }

  @Test
  void lieInANewFolderWhereThereIsNoHome() throws IOException {
    for (String home : new String[] {null, "?", "relative", "/proc/none"}) {
      Path first = NativeLibraries.checkedFolder(null, home);
      Path second = NativeLibraries.checkedFolder(null, home);
      assertThat(first).isAbsolute().isNotEqualTo(second);
      assertThat(permissions(first)).isEqualTo("rwx------");
    }
  }
}
