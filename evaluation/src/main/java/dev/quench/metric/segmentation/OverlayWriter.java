// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import dev.quench.data.image.ImageFile;
import dev.quench.data.image.RawImage;
import dev.quench.metric.Outputs;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.ImageSource;
import dev.quench.run.state.StateReader;
import dev.quench.run.state.StateWriter;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes a network's segmentation of the first images as PNG overlays during an evaluation:
/// `00007-street.png` for the eighth sample, from `street.jpg`. Returns no scores; works without
/// labels.
///
/// @param folder created if missing
/// @param limit the largest number of overlays
/// @param output the first if empty
public record OverlayWriter(
    Path folder, SegmentationOverlay overlay, int limit, Optional<String> output)
    implements Metric {
  private static final String STATE = "overlays 1";

  @Override
  public String name() {
    return "overlays";
  }

  @Override
  public Accumulator begin(long first) {
    return new Accumulator() {
      private long sample = first;

      @Override
      public void add(Batch batch, Map<String, Tensor> outputs) {
        if (sample >= limit) {
          return;
        }
        if (batch.images().isEmpty()) {
          throw new IllegalArgumentException(
              "overlays need samples from image files, but this data set has none");
        }
        try {
          write(batch, Outputs.choose(name(), output, outputs));
        } catch (IOException e) {
          throw new UncheckedIOException(e.getMessage(), e);
        }
      }

      private void write(Batch batch, Tensor scores) throws IOException {
        Files.createDirectories(folder);
        SegmentationOutput predicted = SegmentationOutput.of(name(), scores, batch.size());
        List<ImageSource> images = batch.images();
        for (int i = 0; i < images.size() && sample < limit; i++, sample++) {
          ImageSource source = images.get(i);
          RawImage image = ImageFile.read(source.file());
          overlay.write(
              folder.resolve(fileName(sample, source.file())),
              image,
              predicted.classes(i, source.geometry()));
        }
      }

      @Override
      public Map<String, Double> scores() {
        return Map.of();
      }

      @Override
      public byte[] state() {
        return new StateWriter(STATE).toBytes();
      }

      @Override
      public void merge(byte[] state) {
        new StateReader(state, STATE).end();
      }
    };
  }

  private static String fileName(long sample, Path file) {
    String name = String.valueOf(file.getFileName()).replaceFirst("\\.[^.]*$", "");
    return "%05d-%s.png".formatted(sample, name);
  }
}
