// SPDX-License-Identifier: Apache-2.0
package dev.quench.testing;

import dev.quench.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// The trained networks of PP-OCR, with an input shape that fits each. Their one input is named
/// `x`.
public enum PpOcr {
  DETECTION_V3("ch_PP-OCRv3_det_infer", Shape.of(1, 3, 160, 160)),
  DETECTION_V4("ch_PP-OCRv4_det_infer", Shape.of(1, 3, 160, 160)),
  RECOGNITION_V3("ch_PP-OCRv3_rec_infer", Shape.of(1, 3, 48, 160)),
  RECOGNITION_V4("ch_PP-OCRv4_rec_infer", Shape.of(1, 3, 48, 160)),
  DIRECTION("ch_ppocr_mobile_v2.0_cls_infer", Shape.of(1, 3, 48, 192));

  private final String file;
  private final Shape shape;

  PpOcr(String file, Shape shape) {
    this.file = file;
    this.shape = shape;
  }

  public Shape shape() {
    return shape;
  }

  public byte[] bytes() {
    try (InputStream stream = PpOcr.class.getResourceAsStream("/models/" + file + ".onnx")) {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
