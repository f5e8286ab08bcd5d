// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.Printable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a share as a fraction in `[0, 1]` or in percent with the sign `%`.
public final class ShareConverter implements ITypeConverter<Double> {
  @Override
  public Double convert(String text) {
    boolean percent = text.endsWith("%");
    double share;
    try {
      share =
          percent
              ? Double.parseDouble(text.substring(0, text.length() - 1)) / 100
              : Double.parseDouble(text);
    } catch (NumberFormatException e) {
      share = Double.NaN;
    }
    if (share >= 0 && share <= 1) {
      return share;
    }
    throw new TypeConversionException(
        "'" + Printable.escape(text) + "': expected a fraction such as 0.93, or 93%");
  }
}
