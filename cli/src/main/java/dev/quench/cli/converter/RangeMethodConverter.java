// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.calibration.method.RangeMethod;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads the name of a range method; any other text is wrong usage.
public final class RangeMethodConverter implements ITypeConverter<RangeMethod> {
  /// What an option for a method says of itself.
  public static final String DESCRIPTION =
      "auto (for each tensor the one of the others with the least noise), entropy, entropy:tensorrt, mse, minmax, minmax:average, percentile or percentile:P; default entropy (int8: the method that comes closest to FP32).";

  @Override
  public RangeMethod convert(String text) {
    try {
      return RangeMethod.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
