// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.drawing;

import java.awt.image.BufferedImage;
import java.util.HashMap;
import java.util.Map;

/// Capital letters, digits and some marks of 5 by 7 pixels, for legends on machines without fonts.
/// Other characters are drawn as a frame. Stateless, thread-safe.
public final class PixelFont {
  /// Of capital letters, in pixels.
  public static final int HEIGHT = 7;

  /// The advance per character in pixels.
  static final int ADVANCE = 6;

  private static final int WIDTH = 5;
  private static final String FRAME = "1F11111111111F";

  /// Seven rows from the top, two hexadecimal digits each, the left pixel in the highest of 5 bits.
  private static final Map<Character, String> GLYPHS = new HashMap<>();

  static {
    String[] glyphs = {
      "A0E11111F111111", "B1E11111E11111E", "C0E11101010110E", "D1E11111111111E",
      "E1F10101E10101F", "F1F10101E101010", "G0E11101711110F", "H1111111F111111",
      "I0E04040404040E", "J0702020202120C", "K11121418141211", "L1010101010101F",
      "M111B1515111111", "N11111915131111", "O0E11111111110E", "P1E11111E101010",
      "Q0E11111115120D", "R1E11111E141211", "S0F10100E01011E", "T1F040404040404",
      "U1111111111110E", "V11111111110A04", "W11111115151B11", "X11110A040A1111",
      "Y11110A04040404", "Z1F01020408101F", "00E11131519110E", "1040C040404040E",
      "20E11010204081F", "31F02040201110E", "402060A121F0202", "51F101E0101110E",
      "60608101E11110E", "71F010204080808", "80E11110E11110E", "90E11110F01020C",
      "-0000001F000000", "_0000000000001F", ".00000000000C0C", ",000000000C0408",
      "/01010204081010", "(02040808080402", ")08040202020408", ":000C0C000C0C00",
      "&0C12140815120D", "'04040800000000", "+0004041F040400", "%18190204081303",
      " 00000000000000"
    };
    for (String glyph : glyphs) {
      GLYPHS.put(glyph.charAt(0), glyph.substring(1));
    }
  }

  private PixelFont() {}

  /// The width of a text in pixels, without the trailing gap.
  public static int width(String text) {
    return Math.max(0, text.length() * ADVANCE - 1);
  }

  /// Draws a text in capitals with its upper left corner at `(x, y)`; parts outside are clipped.
  public static void draw(BufferedImage image, String text, int x, int y, int color) {
    draw(image, text, x, y, color, 1);
  }

  /// Like [#draw(BufferedImage, String, int, int, int)], each pixel of a letter as a square.
  ///
  /// @param scale side of the square in pixels
  static void draw(BufferedImage image, String text, int x, int y, int color, int scale) {
    for (int i = 0; i < text.length(); i++) {
      String glyph = GLYPHS.getOrDefault(text.charAt(i), FRAME);
      for (int row = 0; row < HEIGHT; row++) {
        int bits = Integer.parseInt(glyph.substring(2 * row, 2 * row + 2), 16);
        for (int column = 0; column < WIDTH; column++) {
          if ((bits >> (WIDTH - 1 - column) & 1) != 0) {
            square(image, x + (i * ADVANCE + column) * scale, y + row * scale, scale, color);
          }
        }
      }
    }
  }

  private static void square(BufferedImage image, int x, int y, int side, int color) {
    for (int py = Math.max(0, y); py < Math.min(image.getHeight(), y + side); py++) {
      for (int px = Math.max(0, x); px < Math.min(image.getWidth(), x + side); px++) {
        image.setRGB(px, py, color);
      }
    }
  }
}
