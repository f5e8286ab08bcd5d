// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// One of several parts of the samples.
///
/// @param index from 1 to `count`
public record Shard(int index, int count) {
  public static final Shard WHOLE = new Shard(1, 1);

  boolean isWhole() {
    return count == 1;
  }

  /// Reads `2/4`; what is none is wrong usage.
  public static final class Converter implements ITypeConverter<Shard> {
    @Override
    public Shard convert(String text) {
      String[] parts = text.split("/", -1);
      try {
        Shard shard = new Shard(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
        if (parts.length == 2 && shard.index >= 1 && shard.index <= shard.count) {
          return shard;
        }
      } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
        throw new TypeConversionException(malformed(text));
      }
      throw new TypeConversionException(malformed(text));
    }

    private static String malformed(String text) {
      return "'" + text + "' is no shard; write I/N with I from 1 to N, such as 2/4";
    }
  }
}
