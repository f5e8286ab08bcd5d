// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.generate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Writes the four tile classes of [dev.quench.xnor.kernel] from one template. From the root of the
/// repository:
///
/// ```
/// java xnor-runtime/src/test/java/dev/quench/xnor/kernel/generate/GenerateTiles.java
/// ```
final class GenerateTiles {
  private static final String TEMPLATE =
      "src/test/resources/dev/quench/xnor/kernel/generate/Tiles.java.template";

  private static final String TARGET = "src/main/java/dev/quench/xnor/kernel";

  private GenerateTiles() {}

  static void main() throws IOException {
    Path module = Path.of("xnor-runtime");
    for (Map.Entry<Path, String> source : sources(module).entrySet()) {
      Files.writeString(source.getKey(), source.getValue());
    }
  }

  /// Generates the sources of the classes.
  ///
  /// @param module folder of the module `xnor-runtime`
  /// @return text by file
  static Map<Path, String> sources(Path module) throws IOException {
    Template template = new Template(Files.readAllLines(module.resolve(TEMPLATE)));
    Map<Path, String> sources = new TreeMap<>();
    for (boolean ternary : new boolean[] {false, true}) {
      for (boolean floats : new boolean[] {false, true}) {
        String type = (ternary ? "Ternary" : "Binary") + (floats ? "Float" : "Bit") + "Tiles";
        sources.put(
            module.resolve(TARGET, type + ".java"), template.expand(names(type, ternary, floats)));
      }
    }
    return sources;
  }

  private static Map<String, ?> names(String type, boolean ternary, boolean floats) {
    return Map.of(
        "type",
        type,
        "weights",
        ternary ? "−1, 0 and 1" : "−1 and 1",
        "ternary",
        ternary,
        "floats",
        floats,
        "element",
        floats ? "float" : "int",
        "out",
        floats ? "floats" : "bits",
        "epilogue",
        floats ? "Affine" : "Threshold",
        "tiles",
        List.of(tile(6, 4), tile(1, 4), tile(6, 2), tile(1, 2)));
  }

  /// @param height pixels of the tile
  /// @param width vectors of output channels
  private static Map<String, ?> tile(int height, int width) {
    boolean single = height == 1;
    boolean wide = width == 4;
    String size =
        (single ? "one pixel" : "six pixels") + " times " + (wide ? "four" : "two") + " vectors";
    return Map.of(
        "method",
        (wide ? "wide" : "narrow") + height,
        "size",
        size,
        "height",
        height,
        "single",
        single,
        "wide",
        wide,
        "pixels",
        pixels(height),
        "vectors",
        vectors(width));
  }

  private static List<Map<String, ?>> pixels(int count) {
    List<Map<String, ?>> pixels = new ArrayList<>();
    for (int p = 0; p < count; p++) {
      pixels.add(
          Map.of(
              "p",
              p,
              "pixel",
              p == 0 ? "pixel" : "pixel + " + p,
              "(pixel)",
              p == 0 ? "pixel" : "(pixel + " + p + ")",
              "+taps",
              plus(p, "taps")));
    }
    return pixels;
  }

  private static List<Map<String, ?>> vectors(int count) {
    List<Map<String, ?>> vectors = new ArrayList<>();
    for (int v = 0; v < count; v++) {
      vectors.add(Map.of("v", v, "+v", plus(v, "LENGTH")));
    }
    return vectors;
  }

  /// A summand as it is written by hand.
  private static String plus(int times, String what) {
    return switch (times) {
      case 0 -> "";
      case 1 -> " + " + what;
      default -> " + " + times + " * " + what;
    };
  }
}
