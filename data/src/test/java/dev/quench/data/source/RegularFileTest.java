// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.source;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quench.data.annotation.CocoFile;
import dev.quench.data.annotation.FolderFiles;
import dev.quench.data.annotation.LabelList;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.array.NpyDataset;
import dev.quench.data.array.NpyFile;
import dev.quench.data.array.NpzFile;
import dev.quench.data.image.ColorMode;
import dev.quench.data.image.ImageFile;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.SkippedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Every reader refuses a pipe, which would have it wait for ever.
@Timeout(30)
class RegularFileTest {
  @TempDir private Path folder;
  private Path pipe;

  @BeforeEach
  void makePipe() throws IOException, InterruptedException {
    pipe = folder.resolve("t10k-images-idx3-ubyte");
    Process made = new ProcessBuilder("mkfifo", pipe.toString()).start();
    assumeTrue(made.waitFor(10, TimeUnit.SECONDS) && made.exitValue() == 0, "needs mkfifo");
  }

  private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable reading) {
    assertThatThrownBy(reading)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a pipe or a device, expected a regular file");
  }

  @Test
  void refusesAPipeOfAnyKindOfData() throws IOException {
    Preprocessing rgb = Preprocessing.plain(ColorMode.RGB, Normalization.UNIT);
    Files.createFile(folder.resolve("t10k-labels-idx1-ubyte"));
    refused(() -> NpyFile.read(pipe));
    refused(() -> NpzFile.read(pipe));
    refused(() -> NpzFile.names(pipe));
    refused(() -> Preprocessing.read(pipe));
    refused(() -> ImageFile.read(pipe));
    refused(() -> ImageFile.readMask(pipe));
    refused(() -> CocoFile.open(pipe, Optional.empty(), rgb, "x"));
    refused(() -> LabelList.read(pipe));
    refused(() -> IdxDataset.find(pipe, IdxDataset.Split.TEST, Normalization.UNIT, "x"));
    refused(() -> NpyDataset.open(Map.of("x", pipe), Optional.empty()));
  }

  @Test
  void listsAPipeThatIsNamedLikeAnImage() throws IOException, InterruptedException {
    Process made = new ProcessBuilder("mkfifo", folder.resolve("b.png").toString()).start();
    assumeTrue(made.waitFor(10, TimeUnit.SECONDS) && made.exitValue() == 0);
    List<SkippedFile> others = FolderFiles.of(folder).others();
    org.assertj.core.api.Assertions.assertThat(others)
        .anySatisfy(each ->
            org.assertj.core.api.Assertions.assertThat(each.reason())
                .contains("b.png: not a regular file"));
  }
}
