// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/// Common preprocessing by name. A preset is an ordinary declaration: tables and reports record its
/// fields, not its name.
public final class PreprocessingPresets {
  private static final double[] IMAGENET_MEAN = {0.485, 0.456, 0.406};
  private static final double[] IMAGENET_STD = {0.229, 0.224, 0.225};

  private static final Map<String, Preprocessing> PRESETS =
      new TreeMap<>(
          Map.of(
              "imagenet", Preprocessing.IMAGENET,
              "yolo-640", yolo(),
              "pp-ocr-detection", ocrDetection(),
              "pp-ocr-recognition", ocrLines(new Resize.FixedHeight(48, 320, 3200, 1)),
              "pp-ocr-direction", ocrLines(new Resize.FixedHeight(48, 192, 192, 1))));

  private PreprocessingPresets() {}

  /// By name: `imagenet` (torchvision's classifiers), `yolo-640`, `pp-ocr-detection`,
  /// `pp-ocr-recognition`, `pp-ocr-direction`; unmodifiable.
  public static Map<String, Preprocessing> all() {
    return Collections.unmodifiableMap(PRESETS);
  }

  /// One of [#all]; empty for other names.
  public static Optional<Preprocessing> find(String name) {
    return Optional.ofNullable(PRESETS.get(name));
  }

  /// Letterbox of 640 by 640 on gray 114, RGB to `[0, 1]`; upright, as OpenCV reads.
  private static Preprocessing yolo() {
    return Preprocessing.plain(ColorMode.RGB, Normalization.UNIT)
        .withColorConversion(true)
        .withResize(
            new Resize.Letterbox(640, 640, OptionalInt.of(114), true), Interpolation.BILINEAR)
        .withOrientation(Orientation.EXIF);
  }

  /// Longer side at most 960, both multiples of 32; ImageNet's statistics on BGR, upright, like
  /// PP-OCR's training.
  private static Preprocessing ocrDetection() {
    return Preprocessing.plain(
            ColorMode.BGR, Normalization.of(IMAGENET_MEAN, IMAGENET_STD, 1 / 255.0))
        .withColorConversion(true)
        .withResize(new Resize.LongerSide(960, 32, true), Interpolation.BILINEAR)
        .withOrientation(Orientation.EXIF);
  }

  /// BGR to `[-1, 1]`, upright.
  private static Preprocessing ocrLines(Resize resize) {
    double[] half = {0.5, 0.5, 0.5};
    return Preprocessing.plain(ColorMode.BGR, Normalization.of(half, half, 1 / 255.0))
        .withColorConversion(true)
        .withResize(resize, Interpolation.BILINEAR)
        .withOrientation(Orientation.EXIF);
  }
}
