// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.digest.Sha256;
import java.util.List;
import java.util.Optional;

/// The header of a calibration table: where its ranges come from.
///
/// @param tool name and version of the program that made it
/// @param modelDigest [dev.quench.graph.digest.ModelDigest] of the model; empty for a table read
///   from a TensorRT cache, which names none
/// @param method as [RangeMethod#spelling]; `tensorrt-cache` for a table read from a cache
/// @param preprocessing the caller's description of the preprocessing; may be empty
/// @param data every data set that went into it, by digest; empty for a table read from a TensorRT
///   cache
/// @param inputs names of the model's inputs
public record TableHeader(
    String tool,
    Optional<String> modelDigest,
    String method,
    String preprocessing,
    List<CalibrationData> data,
    List<String> inputs) {
  public TableHeader {
    data = List.copyOf(data);
    inputs = List.copyOf(inputs);
    if (modelDigest.isPresent() && !Sha256.isHex(modelDigest.get())) {
      throw new IllegalArgumentException(
          "expected a SHA-256 as the model digest, got " + modelDigest.get());
    }
  }

  TableHeader withMethod(RangeMethod other) {
    return new TableHeader(thisTool(), modelDigest, other.spelling(), preprocessing, data, inputs);
  }

  /// This program.
  public static String thisTool() {
    String version = TableHeader.class.getPackage().getImplementationVersion();
    return version == null ? "quench" : "quench " + version;
  }
}
