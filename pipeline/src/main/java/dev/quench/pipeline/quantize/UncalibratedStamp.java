// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.graph.Model;

/// The mark in a model's metadata that its ranges were found on noise.
public final class UncalibratedStamp {
  private static final String KEY = "quench.calibration";
  private static final String VALUE = "uncalibrated: random data";

  private UncalibratedStamp() {}

  /// Puts the mark on a model that was quantized with `ranges`, or takes it off.
  public static void put(Model model, CalibrationTable ranges) {
    if (ranges.isUncalibrated()) {
      model.metadata().put(KEY, VALUE);
    } else {
      model.metadata().remove(KEY);
    }
  }

  public static boolean isOn(Model model) {
    return VALUE.equals(model.metadata().get(KEY));
  }
}
