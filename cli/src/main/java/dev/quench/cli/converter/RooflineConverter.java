// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.Printable;
import dev.quench.cost.Roofline;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads `GFLOPS,GBS`: billions of operations, and of bytes, a second.
public final class RooflineConverter implements ITypeConverter<Roofline> {
  private static final double GIGA = 1e9;

  @Override
  public Roofline convert(String text) {
    String[] parts = text.split(",", -1);
    if (parts.length == 2) {
      try {
        return new Roofline(
            Double.parseDouble(parts[0]) * GIGA, Double.parseDouble(parts[1]) * GIGA);
      } catch (IllegalArgumentException e) {
        throw refused(text);
      }
    }
    throw refused(text);
  }

  private static TypeConversionException refused(String text) {
    return new TypeConversionException(
        "'"
            + Printable.escape(text)
            + "': expected two numbers above 0, such as 200,40 for 200 GFLOP/s and 40 GB/s");
  }
}
