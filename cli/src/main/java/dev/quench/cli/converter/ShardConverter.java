// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.pipeline.calibrate.Shard;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads `2/4`; any other text is wrong usage.
public final class ShardConverter implements ITypeConverter<Shard> {
  private static final Pattern PART_OF_ALL = Pattern.compile("([0-9]{1,9})/([0-9]{1,9})");

  @Override
  public Shard convert(String text) {
    Matcher matcher = PART_OF_ALL.matcher(text);
    if (matcher.matches()) {
      int index = Integer.parseInt(matcher.group(1));
      int count = Integer.parseInt(matcher.group(2));
      if (index >= 1 && index <= count) {
        return new Shard(index, count);
      }
    }
    throw new TypeConversionException(
        "expected a shard I/N with I from 1 to N, such as 2/4, got '" + text + "'");
  }
}
