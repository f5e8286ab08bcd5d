// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import picocli.CommandLine.ITypeConverter;

/// Takes a key of a map as it is.
final class StringConverter implements ITypeConverter<String> {
  @Override
  public String convert(String text) {
    return text;
  }
}
