// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/// Makes tensor names, which may hold anything, into distinct names of files within one folder.
public final class FileNames {
  private static final int LONGEST = 100;

  private final Set<String> taken = new HashSet<>();

  /// The name with all but ASCII letters, digits, `-`, `_` and inner points replaced by `_`;
  /// numbered if that is taken.
  public String of(String name) {
    String safe = name.replaceAll("[^A-Za-z0-9._-]", "_").replaceFirst("^[.-]+", "_");
    String base = safe.isEmpty() ? "_" : safe.substring(0, Math.min(LONGEST, safe.length()));
    String candidate = base;
    for (int i = 1; !taken.add(candidate.toLowerCase(Locale.ROOT)); i++) {
      candidate = base + "-" + i;
    }
    return candidate;
  }
}
