// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.carried;

import java.util.List;
import java.util.Locale;

/// The networks in the prepared folder.
public enum Network {
  /// The demo's classifier of Fashion-MNIST, `[N, 1, 28, 28]`.
  NIN("image"),
  /// PP-OCR v4 detection, `[N, 3, H, W]`: pages of 320 by 320.
  DETECTION("x"),
  /// PP-OCR v4 recognition, `[N, 3, 48, W]`: lines of two widths.
  RECOGNITION("x");

  private final String input;

  Network(String input) {
    this.input = input;
  }

  /// Name of the only input.
  public String input() {
    return input;
  }

  /// Input shapes by case name; each case has one reference.
  public List<String> shapes() {
    return switch (this) {
      case NIN -> List.of("test");
      case DETECTION -> List.of("320x320");
      case RECOGNITION -> List.of("48x192", "48x320");
    };
  }

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  String fileName(Variant variant) {
    // The tests tagged gpu expect the name that the demo gives the first network.
    String stem = this == NIN ? "nin-fashion-mnist" : label();
    return stem + (variant == Variant.INT8 ? ".int8.onnx" : ".onnx");
  }
}
