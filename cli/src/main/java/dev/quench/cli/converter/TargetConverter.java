// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.export.target.ExportTarget;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads the name of a target; any other word is wrong usage.
public final class TargetConverter implements ITypeConverter<ExportTarget> {
  @Override
  public ExportTarget convert(String text) {
    try {
      return ExportTarget.named(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
