// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import dev.quench.data.image.RawImage;
import dev.quench.metric.drawing.Palette;
import dev.quench.metric.drawing.PixelFont;
import dev.quench.metric.drawing.PngFile;
import dev.quench.run.dataset.Mask;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.TreeSet;

/// Draws a mask as colours over its image, with a legend of the occurring classes below. Colours
/// are those of [Palette]; the same image and mask give the same pixels everywhere.
///
/// @param classNames by class; the legend shows numbers for classes without a name
/// @param opacity of the colours, 0 to 1
/// @param background a class whose pixels keep the image, if any
public record SegmentationOverlay(List<String> classNames, double opacity, OptionalInt background) {
  private static final int MARGIN = 4;
  private static final int SWATCH = 9;
  private static final int ROW = SWATCH + MARGIN;
  private static final int MAX_NAME = 40;
  private static final int PAPER = 0xFFFFFF;
  private static final int INK = 0x000000;

  public SegmentationOverlay {
    if (!(opacity >= 0 && opacity <= 1)) {
      throw new IllegalArgumentException("opacity must be from 0 to 1, got " + opacity);
    }
    classNames = List.copyOf(classNames);
  }

  /// Half transparent, with every class coloured.
  public SegmentationOverlay(List<String> classNames) {
    this(classNames, 0.5, OptionalInt.empty());
  }

  /// Draws the mask over the image and the legend below.
  ///
  /// @param mask of the same size; pixels of [Mask#IGNORE] keep the image
  /// @throws IllegalArgumentException if the sizes differ
  public BufferedImage render(RawImage image, Mask mask) {
    if (mask.width() != image.width() || mask.height() != image.height()) {
      throw new IllegalArgumentException(
          "got %s over %s, expected equal sizes".formatted(mask, image));
    }
    TreeSet<Integer> present = new TreeSet<>();
    int[] colors = new int[image.width() * image.height()];
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        int index = mask.at(x, y);
        boolean shown =
            index != Mask.IGNORE && !(background.isPresent() && background.getAsInt() == index);
        if (shown) {
          present.add(index);
        }
        colors[y * image.width() + x] = blended(image, x, y, shown ? opacity : 0, index);
      }
    }
    List<Entry> legend = legend(present, image.width());
    int rows = legend.isEmpty() ? 0 : legend.getLast().row() + 1;
    int below = rows == 0 ? 0 : MARGIN + rows * ROW;
    int width =
        Math.max(image.width(), legend.stream().mapToInt(Entry::right).max().orElse(0) + MARGIN);
    BufferedImage overlay =
        new BufferedImage(width, image.height() + below, BufferedImage.TYPE_INT_RGB);
    fill(overlay, 0, 0, width, overlay.getHeight(), PAPER);
    overlay.setRGB(0, 0, image.width(), image.height(), colors, 0, image.width());
    for (Entry entry : legend) {
      int y = image.height() + MARGIN + entry.row() * ROW;
      fill(overlay, entry.left(), y, SWATCH, SWATCH, INK);
      fill(overlay, entry.left() + 1, y + 1, SWATCH - 2, SWATCH - 2, Palette.color(entry.index()));
      PixelFont.draw(overlay, entry.name(), entry.left() + SWATCH + MARGIN, y + 1, INK);
    }
    return overlay;
  }

  /// Writes the overlay as PNG, replacing an existing file.
  ///
  /// @throws IOException if the file cannot be written; an existing file then stays unchanged
  public void write(Path file, RawImage image, Mask mask) throws IOException {
    PngFile.write(file, render(image, mask));
  }

  private static int blended(RawImage image, int x, int y, double share, int index) {
    int tint = Palette.color(index);
    int color = 0;
    for (int channel = 0; channel < 3; channel++) {
      int shift = 16 - 8 * channel;
      int level = image.at(x, y, image.channels() == 1 ? 0 : channel);
      color |= (int) Math.rint((1 - share) * level + share * (tint >> shift & 0xFF)) << shift;
    }
    return color;
  }

  private record Entry(int index, String name, int left, int row) {
    int right() {
      return left + SWATCH + MARGIN + PixelFont.width(name);
    }
  }

  /// Entries from left to right, in as many rows as the width asks for.
  private List<Entry> legend(TreeSet<Integer> present, int width) {
    List<Entry> entries = new ArrayList<>();
    int left = MARGIN;
    int row = 0;
    for (int index : present) {
      Entry entry = new Entry(index, name(index), left, row);
      if (left > MARGIN && entry.right() + MARGIN > width) {
        row++;
        entry = new Entry(index, entry.name(), MARGIN, row);
      }
      entries.add(entry);
      left = entry.right() + 3 * MARGIN;
    }
    return entries;
  }

  private String name(int index) {
    if (index == SegmentationOutput.UNDECIDED) {
      return "UNDECIDED";
    }
    String name = index < classNames.size() ? classNames.get(index) : Integer.toString(index);
    String upper = name.toUpperCase(Locale.ROOT);
    return upper.length() <= MAX_NAME ? upper : upper.substring(0, MAX_NAME);
  }

  private static void fill(BufferedImage image, int x, int y, int width, int height, int color) {
    for (int row = y; row < y + height; row++) {
      for (int column = x; column < x + width; column++) {
        image.setRGB(column, row, color);
      }
    }
  }
}
