// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.tensor.Shape;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a shape such as `1x3x224x224`; anything else is wrong usage.
public final class ShapeConverter implements ITypeConverter<Shape> {
  @Override
  public Shape convert(String text) {
    try {
      return Shapes.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
