// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.calibration.tensorrt.TensorRtVersion;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a version of TensorRT, such as 10.3.0; any other text is wrong usage.
public final class TensorRtVersionConverter implements ITypeConverter<TensorRtVersion> {
  @Override
  public TensorRtVersion convert(String text) {
    try {
      return TensorRtVersion.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
