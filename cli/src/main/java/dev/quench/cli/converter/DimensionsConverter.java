// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.Printable;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a shape of sizes and names of free dimensions, such as `Nx3x224x224`; anything else is
/// wrong usage.
public final class DimensionsConverter implements ITypeConverter<Shape> {
  private static final String SIZE = "[1-9][0-9]{0,17}";
  private static final String NAME = "[A-Za-wyz_][A-Za-wyz0-9_]{0,99}";

  @Override
  public Shape convert(String text) {
    List<Dim> dims = new ArrayList<>();
    for (String part : text.strip().split("x", -1)) {
      if (part.matches(SIZE)) {
        dims.add(Dim.of(Long.parseLong(part)));
      } else if (part.matches(NAME)) {
        dims.add(Dim.of(part));
      } else {
        throw new TypeConversionException(
            "'%s': expected sizes of 1 or more, or names without an x, separated by x, such as Nx3x224x224"
                .formatted(Printable.escape(text)));
      }
    }
    return new Shape(dims);
  }
}
