// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.data.image.ColorMode;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.testing.ImageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A folder of 100,000 images, most of which cannot be decoded, so that it fails whoever decodes
/// one that nobody asked for.
class LargeImageFolderTest {
  private static final int FILES = 100_000;
  private static final int BATCH = 64;

  /// No picture behind this one is asked for; a reader may be this far ahead and no further.
  private static final int DECODABLE = 40 * BATCH;

  private static final Preprocessing RGB = Preprocessing.plain(ColorMode.RGB, Normalization.UNIT);

  @TempDir private Path folder;

  private void fill() throws IOException {
    Path whole = folder.resolve("whole.png");
    ImageFiles.rgb(whole, 1, 1, 2, 3, 4);
    Path broken = Files.writeString(folder.resolve("broken.bin"), "no picture");
    Path images = Files.createDirectory(folder.resolve("images"));
    for (int i = 0; i < FILES; i++) {
      // A file takes so many hard links only on some systems.
      Path from = i < DECODABLE ? whole : broken;
      Path to = images.resolve("%06d.png".formatted(i));
      if (i % 30_000 == 0) {
        Files.copy(from, to);
        broken = i < DECODABLE ? broken : to;
      } else {
        Files.createLink(to, from);
      }
    }
  }

  @Test
  void decodesNothingBeforeItIsAskedForAndNoMoreThanABoundAhead() throws IOException {
    fill();
    Dataset data = ImageFolder.open(folder.resolve("images"), RGB, "x");
    assertThat(data.size()).isEqualTo(FILES);
    int read = 0;
    try (Stream<Batch> batches = data.batches(BATCH)) {
      Iterator<Batch> each = batches.iterator();
      for (int i = 0; i < 20; i++) {
        read += each.next().size();
      }
    }
    assertThat(read).isEqualTo(20 * BATCH);
  }
}
