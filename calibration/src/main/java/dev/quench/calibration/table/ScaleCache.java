// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import java.util.Map;

/// A file of scales that names neither its model nor its data, so a [CalibrationTable] must vouch
/// for it.
public interface ScaleCache {
  /// SHA-256 of its content, in hex.
  String digest();

  /// The scale of each tensor: `real = quantized · scale`.
  Map<String, Float> scales();
}
