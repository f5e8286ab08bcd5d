// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.drawing;

import dev.quench.data.image.RawImage;
import dev.quench.metric.drawing.Outline.Corner;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/// Draws outlines and their labels over an image. Lines and letters grow with the image, so that
/// they can be seen on a photograph and do not cover a small one. Needs no font. Stateless,
/// thread-safe.
public final class OutlineDrawing {
  /// Pixels of the image's longer side for each pixel of a line's width and of a letter's stroke.
  private static final int PIXELS_PER_STROKE = 420;

  private static final int MAX_LABEL = 40;
  private static final int BLACK = 0x000000;
  private static final int WHITE = 0xFFFFFF;

  /// Luminance, of 255, from which black letters read better than white ones.
  private static final int BRIGHT = 140;

  private OutlineDrawing() {}

  /// @param outlines drawn in order; put those that matter most last
  /// @return a new image of the same size
  public static BufferedImage render(RawImage image, List<Outline> outlines) {
    BufferedImage drawn =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        drawn.setRGB(x, y, color(image, x, y));
      }
    }
    int stroke = Math.max(1, Math.max(image.width(), image.height()) / PIXELS_PER_STROKE);
    outlines.forEach(outline -> shape(drawn, outline, stroke));
    outlines.forEach(outline -> label(drawn, outline, stroke));
    return drawn;
  }

  private static int color(RawImage image, int x, int y) {
    boolean gray = image.channels() == 1;
    return image.at(x, y, 0) << 16
        | image.at(x, y, gray ? 0 : 1) << 8
        | image.at(x, y, gray ? 0 : 2);
  }

  private static void shape(BufferedImage drawn, Outline outline, int stroke) {
    Graphics2D graphics = drawn.createGraphics();
    try {
      graphics.setRenderingHint(
          RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_OFF);
      graphics.setColor(new Color(tint(outline.index())));
      graphics.setStroke(new BasicStroke(stroke));
      Path2D path = new Path2D.Double();
      Corner first = outline.corners().getFirst();
      path.moveTo(first.x(), first.y());
      for (Corner corner : outline.corners().subList(1, outline.corners().size())) {
        path.lineTo(corner.x(), corner.y());
      }
      path.closePath();
      graphics.draw(path);
    } finally {
      graphics.dispose();
    }
  }

  /// Above the topmost corner, or below it where there is no room.
  private static void label(BufferedImage drawn, Outline outline, int stroke) {
    String text = outline.label().toUpperCase(Locale.ROOT);
    if (text.isEmpty()) {
      return;
    }
    String shown = text.length() <= MAX_LABEL ? text : text.substring(0, MAX_LABEL);
    double left = outline.corners().stream().mapToDouble(Corner::x).min().orElse(0);
    double top = outline.corners().stream().mapToDouble(Corner::y).min().orElse(0);
    int width = (PixelFont.width(shown) + 4) * stroke;
    int height = (PixelFont.HEIGHT + 4) * stroke;
    int x = Math.clamp((long) left, 0, Math.max(0, drawn.getWidth() - width));
    int y = (int) top - height >= 0 ? (int) top - height : Math.max(0, (int) top);
    int tint = tint(outline.index());
    for (int row = y; row < Math.min(drawn.getHeight(), y + height); row++) {
      for (int column = x; column < Math.min(drawn.getWidth(), x + width); column++) {
        drawn.setRGB(column, row, tint);
      }
    }
    PixelFont.draw(drawn, shown, x + 2 * stroke, y + 2 * stroke, ink(tint), stroke);
  }

  /// Class 0 is black in the palette, which does not show on dark images.
  private static int tint(int index) {
    return Palette.color(index % 255 + 1);
  }

  private static int ink(int tint) {
    double luminance =
        0.299 * (tint >> 16 & 0xFF) + 0.587 * (tint >> 8 & 0xFF) + 0.114 * (tint & 0xFF);
    return luminance >= BRIGHT ? BLACK : WHITE;
  }
}
