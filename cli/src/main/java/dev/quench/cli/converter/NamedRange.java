// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.Printable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The shapes of an input: `NAME=min:opt:max`, or one shape for all three.
public record NamedRange(String input, ProfileRange range) {
  /// Reads it; anything else is wrong usage. Names may hold `=`.
  public static final class Converter implements ITypeConverter<NamedRange> {
    @Override
    public NamedRange convert(String text) {
      int equals = text.lastIndexOf('=');
      if (equals <= 0) {
        throw new TypeConversionException(
            "'" + Printable.escape(text) + "' names no input; write NAME=min:opt:max");
      }
      return new NamedRange(
          text.substring(0, equals),
          new ProfileRange.Converter().convert(text.substring(equals + 1)));
    }
  }
}
