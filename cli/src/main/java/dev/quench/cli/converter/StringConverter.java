// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import picocli.CommandLine.ITypeConverter;

/// Takes a key of a map as it is.
public final class StringConverter implements ITypeConverter<String> {
  @Override
  public String convert(String text) {
    return text;
  }
}
