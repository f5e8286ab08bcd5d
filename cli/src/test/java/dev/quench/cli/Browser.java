// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;

/// Chromium without a window, which takes pictures of pages.
///
/// @param program of Chromium
record Browser(Path program) {
  /// Chromium's own windows are no narrower than this; a narrower page goes into a frame.
  private static final int NARROWEST = 500;

  private static final int MINUTES = 3;

  /// @param page to take
  /// @param picture file to write, PNG
  /// @param width of the page, as its styles see it
  /// @param height of the picture
  /// @param dark whether the user prefers dark pages
  BufferedImage take(Path page, Path picture, int width, int height, boolean dark)
      throws IOException, InterruptedException {
    Path shown = width < NARROWEST ? framed(page, width, height) : page;
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--allow-file-access-from-files",
                "--window-size=%d,%d".formatted(Math.max(NARROWEST, width), height),
                "--screenshot=" + picture.toAbsolutePath()));
    if (dark) {
      command.add("--blink-settings=preferredColorScheme=0");
    }
    command.add(shown.toUri().toString());
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(new File("/dev/null"))
            .start();
    if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException(program + " took no picture of " + page + " in time");
    }
    BufferedImage taken = ImageIO.read(picture.toFile());
    BufferedImage whole = taken.getSubimage(0, 0, width, taken.getHeight());
    ImageIO.write(whole, "png", picture.toFile());
    return whole;
  }

  private static Path framed(Path page, int width, int height) throws IOException {
    return Files.writeString(
        page.resolveSibling(page.getFileName() + ".frame.html"),
        "<!doctype html><body style=\"margin:0\"><iframe src=\"%s\" style=\"border:0;width:%dpx;height:%dpx\"></iframe>"
            .formatted(page.getFileName(), width, height));
  }
}
