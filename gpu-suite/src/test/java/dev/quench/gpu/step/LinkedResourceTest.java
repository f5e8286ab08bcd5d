// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinkedResourceTest {
  @TempDir Path folder;

  @Test
  void linksThePtxResourceAsThatOfSm90() throws Exception {
    Path resource = folder.resolve("libnvinfer_builder_resource_ptx.so.10.15.1");
    Files.writeString(resource, "ptx");
    Files.writeString(folder.resolve("libnvinfer.so.10"), "library");
    Files.writeString(folder.resolve("libother.so"), "other");
    String before = System.getProperty("java.library.path");
    System.setProperty("java.library.path", folder.toString());
    Path links;
    try (LinkedResource libraries = LinkedResource.make()) {
      links = Path.of(libraries.environment().get("LD_LIBRARY_PATH").split(":", -1)[0]);
      assertThat(links.resolve("libnvinfer_builder_resource_sm90.so.10.15.1"))
          .isSymbolicLink()
          .hasContent("ptx");
      assertThat(links.resolve("libnvinfer.so.10")).hasContent("library");
      assertThat(links.resolve("libother.so")).doesNotExist();
      assertThat(libraries.options())
          .containsExactly("-Djava.library.path=" + links + ":" + folder);
    } finally {
      System.setProperty("java.library.path", before);
    }
    assertThat(links).doesNotExist();
    assertThat(resource).exists();
  }
}
