// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.Printable;
import dev.quench.tensor.Shape;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The shapes of one input that an engine is to serve: `min:opt:max`, or one shape for all three.
public record ProfileRange(Shape min, Shape opt, Shape max) {
  /// Reads the three shapes; anything else is wrong usage.
  static final class Converter implements ITypeConverter<ProfileRange> {
    @Override
    public ProfileRange convert(String text) {
      String[] parts = text.split(":", -1);
      try {
        return switch (parts.length) {
          case 1 -> {
            Shape shape = Shapes.parse(parts[0]);
            yield new ProfileRange(shape, shape, shape);
          }
          case 3 ->
              new ProfileRange(
                  Shapes.parse(parts[0]), Shapes.parse(parts[1]), Shapes.parse(parts[2]));
          default ->
              throw new TypeConversionException(
                  "'"
                      + Printable.escape(text)
                      + "': expected min:opt:max, such as 1x3x224x224:8x3x224x224:32x3x224x224");
        };
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
