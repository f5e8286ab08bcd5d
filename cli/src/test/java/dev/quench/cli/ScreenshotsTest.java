// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Pages in a real browser, light and dark, on a desktop and on a phone. The pictures are to be
/// looked at: `mvn -Pscreenshots` leaves them in `cli/target/screenshots`.
@EnabledIfSystemProperty(named = "quench.screenshots", matches = ".+")
class ScreenshotsTest extends BundledNetworkFixture {
  private static final Browser BROWSER = new Browser(Path.of("/usr/bin/chromium"));
  private static final int HEIGHT = 3000;

  /// The margin of a page, which nothing may reach into.
  private static final int MARGIN = 8;

  private static Path pictures;

  @BeforeAll
  static void writePages() throws IOException {
    pictures = Files.createDirectories(Path.of(System.getProperty("quench.screenshots")));
    Path table = folder.resolve("t.json");
    Path int8 = folder.resolve("nin.int8.onnx");
    assertDone(
        Cli.run(
            "calibrate",
            model,
            "--data",
            "demo-train",
            "--samples",
            100,
            "--histograms",
            "--table",
            table,
            "--report",
            folder.resolve("calibrate.html")));
    assertDone(Cli.run("quantize", model, "-o", int8, "--table", table));
    assertDone(
        Cli.run(
            "eval",
            model,
            int8,
            "--data",
            "demo",
            "--samples",
            500,
            "--table",
            table,
            "--max-drop",
            5,
            "--report",
            folder.resolve("eval.html")));
    Path page = folder.resolve("eval.html");
    Files.writeString(
        folder.resolve("confusions.html"),
        Files.readString(page).replace("<details>", "<details open>"));
    assertDone(
        Cli.run(
            "prune",
            model,
            "-o",
            folder.resolve("thin.onnx"),
            "--ratio",
            0.5,
            "--data",
            "demo-train",
            "--samples",
            200,
            "--report",
            folder.resolve("prune.html")));
    assertDone(
        Cli.run("profile", model, "--duration", 500, "--report", folder.resolve("profile.html")));
  }

  @ParameterizedTest
  @CsvSource({
    "eval, 1280, false",
    "eval, 1280, true",
    "eval, 390, false",
    "eval, 390, true",
    "calibrate, 1280, false",
    "calibrate, 390, true",
    "confusions, 1280, true",
    "confusions, 390, false",
    "prune, 1280, false",
    "prune, 390, true",
    "profile, 1280, true",
    "profile, 390, false"
  })
  void fillsTheScreenAndNoMore(String page, int width, boolean dark)
      throws IOException, InterruptedException {
    Path picture = pictures.resolve("%s-%d-%s.png".formatted(page, width, dark ? "dark" : "light"));
    BufferedImage taken =
        BROWSER.take(folder.resolve(page + ".html"), picture, width, HEIGHT, dark);
    int paper = taken.getRGB(2, 2) & 0xFFFFFF;
    assertThat(paper).isEqualTo(dark ? 0x15191D : 0xFFFFFF);
    int drawn = 0;
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < width; x++) {
        boolean blank = (taken.getRGB(x, y) & 0xFFFFFF) == paper;
        drawn += blank ? 0 : 1;
        assertThat(blank || (x >= MARGIN && x < width - MARGIN))
            .as("pixel %d, %d of %s", x, y, picture)
            .isTrue();
      }
    }
    assertThat(drawn).isGreaterThan(HEIGHT * width / 100);
  }
}
