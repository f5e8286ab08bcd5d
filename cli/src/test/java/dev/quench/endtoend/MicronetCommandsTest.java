// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.cli.Guide;
import dev.quench.cli.Main;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.array.IdxDataset.Split;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.pipeline.train.PixelMetadata;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every command of the page for users of micronet works, in their order, on a few images and thin
/// networks; ONNX Runtime answers as the trainer did.
class MicronetCommandsTest {
  private static final int IMAGES = 64;

  /// A float sum before rounding may fall to the other side of a half; sums of 1-bit layers not.
  private static final int MOST_ROUNDED = 1;

  private static final List<String> BITS = List.of("4", "8", "16");

  @TempDir private Path folder;

  @BeforeEach
  void bundledImages() throws IOException {
    for (String part : List.of("train", "t10k")) {
      for (String kind : List.of("images-idx3", "labels-idx1")) {
        String name = part + "-" + kind + "-ubyte.gz";
        try (InputStream in = Main.class.getResourceAsStream("demo/" + name)) {
          Files.copy(in, folder.resolve(name));
        }
      }
    }
  }

  @Test
  void eachCommandWorksAndItsModelAnswersAsInTraining() throws IOException {
    List<Guide.Step> steps = Guide.read("micronet.md").steps();
    assertThat(steps).hasSizeGreaterThan(40);
    for (Guide.Step step : steps) {
      List<String> words = List.of(step.command().split(" "));
      Result result = Cli.run(small(words).toArray());
      assertThat(result.exitCode()).as("%s: %s", step.command(), result.err()).isZero();
      if (words.get(1).equals("train")) {
        Path output = folder.resolve(words.get(words.indexOf("-o") + 1));
        double top1 = result.json().get("test").get("top1").asDouble();
        boolean rounded = words.contains("--qaft") || !Collections.disjoint(words, BITS);
        assertThat(Math.abs(correct(output) - Math.round(top1 * IMAGES)))
            .as(step.command())
            .isLessThanOrEqualTo(rounded ? MOST_ROUNDED : 0);
      }
    }
  }

  /// The command with the files of the test, for one epoch of few images and channels.
  private List<String> small(List<String> command) {
    List<String> small = new ArrayList<>();
    for (String word : command.subList(1, command.size())) {
      small.add(
          word.equals("idx:DIR")
              ? "idx:" + folder
              : word.endsWith(".onnx") ? folder.resolve(word).toString() : word);
    }
    if (command.contains("--data")) {
      small.addAll(List.of("--first", Integer.toString(IMAGES)));
    }
    if (command.contains("--arch")) {
      small.addAll(List.of("--width", "0.25"));
    }
    if (command.get(1).equals("train")) {
      small.addAll(List.of("--threads", "1", "--json"));
      if (!command.contains("--ptq")) {
        small.addAll(List.of("--epochs", "1", "--batch-size", "16"));
      }
    }
    return small;
  }

  private long correct(Path file) throws IOException {
    Model model = OnnxReader.read(file);
    String input = model.graph().inputs().getFirst().name();
    Dataset images =
        IdxDataset.openDirectory(folder, Split.TEST, PixelMetadata.read(model), input)
            .limit(IMAGES);
    return ExactPredictions.of(model, images).correct();
  }
}
