// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.picture;

import dev.quench.data.image.RawImage;
import dev.quench.metric.classification.TopClasses;
import dev.quench.metric.detection.Detection;
import dev.quench.metric.drawing.Outline;
import dev.quench.metric.drawing.OutlineDrawing;
import dev.quench.metric.segmentation.SegmentationOverlay;
import dev.quench.metric.text.Polygon;
import dev.quench.run.dataset.Mask;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a model sees in one picture. Coordinates are pixels of the picture as it was decoded.
public sealed interface PictureAnswer {
  /// The answer drawn over the picture; empty for answers that are words alone.
  Optional<BufferedImage> drawn(RawImage picture);

  /// The best classes.
  record Classes(TopClasses best, ClassLabels labels) implements PictureAnswer {
    @Override
    public Optional<BufferedImage> drawn(RawImage picture) {
      return Optional.empty();
    }
  }

  /// Objects, the most certain first.
  record Objects(List<Detection> found, ClassLabels labels) implements PictureAnswer {
    public Objects {
      found =
          found.stream().sorted(Comparator.comparingDouble(Detection::score).reversed()).toList();
    }

    @Override
    public Optional<BufferedImage> drawn(RawImage picture) {
      List<Outline> outlines = new ArrayList<>();
      for (Detection each : found) {
        outlines.add(
            Outline.of(
                each.box(),
                String.format(
                    Locale.ROOT, "%s %.0f%%", labels.name(each.classIndex()), 100 * each.score()),
                each.classIndex() % 256));
      }
      return Optional.of(OutlineDrawing.render(picture, outlines.reversed()));
    }
  }

  /// The class of each pixel.
  record Segments(Mask mask, ClassLabels labels) implements PictureAnswer {
    /// How many pixels each class covers; pixels that the model did not see count for none.
    public SortedMap<Integer, Long> pixels() {
      SortedMap<Integer, Long> counts = new TreeMap<>();
      for (int y = 0; y < mask.height(); y++) {
        for (int x = 0; x < mask.width(); x++) {
          if (mask.at(x, y) != Mask.IGNORE) {
            counts.merge(mask.at(x, y), 1L, Long::sum);
          }
        }
      }
      return Collections.unmodifiableSortedMap(counts);
    }

    @Override
    public Optional<BufferedImage> drawn(RawImage picture) {
      return Optional.of(new SegmentationOverlay(labels.names()).render(picture, mask));
    }
  }

  /// What a line says.
  record TextLine(String text) implements PictureAnswer {
    @Override
    public Optional<BufferedImage> drawn(RawImage picture) {
      return Optional.empty();
    }
  }

  /// Where text stands, from the top.
  record TextRegions(List<Polygon> regions) implements PictureAnswer {
    public TextRegions {
      regions = List.copyOf(regions);
    }

    @Override
    public Optional<BufferedImage> drawn(RawImage picture) {
      List<Outline> outlines = new ArrayList<>();
      for (int i = 0; i < regions.size(); i++) {
        outlines.add(
            new Outline(
                regions.get(i).corners().stream()
                    .map(corner -> new Outline.Corner(corner.x(), corner.y()))
                    .toList(),
                Integer.toString(i + 1),
                i % 256));
      }
      return Optional.of(OutlineDrawing.render(picture, outlines));
    }
  }
}
