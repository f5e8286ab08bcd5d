// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.tensorrt;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A version of TensorRT as cache headers write it: 8501 for 8.5.1, 101501 for 10.15.1.
///
/// Source: `getInferLibVersion()`, and headers of caches written by versions 8 and 10.
public record TensorRtVersion(int major, int minor, int patch) {
  /// The version of Quench's bindings.
  public static final TensorRtVersion BUNDLED = new TensorRtVersion(10, 15, 1);

  private static final Pattern DOTTED =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,2})(?:\\.(\\d{1,2}))?(?:\\.\\d{1,6})?");

  /// From this major version on, codes have two digits for the minor version.
  private static final int WIDE_SINCE = 10;

  public TensorRtVersion {
    int limit = major >= WIDE_SINCE ? 100 : 10;
    if (major < 1 || major > 999 || minor < 0 || minor >= limit || patch < 0 || patch >= 100) {
      throw new IllegalArgumentException(
          "not a version of TensorRT: %d.%d.%d".formatted(major, minor, patch));
    }
  }

  /// Parses a version.
  ///
  /// @param text such as `10.15.1`; patch and build may be left out
  /// @throws IllegalArgumentException for anything else
  public static TensorRtVersion parse(String text) {
    Matcher matcher = DOTTED.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "not a version of TensorRT: '%s'; expected for example 10.15.1".formatted(text));
    }
    String patch = matcher.group(3);
    return new TensorRtVersion(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        patch == null ? 0 : Integer.parseInt(patch));
  }

  /// The version with this code.
  ///
  /// @param code as `getInferLibVersion()` returns it
  /// @throws IllegalArgumentException if no version has that code
  public static TensorRtVersion fromCode(int code) {
    return code >= WIDE_SINCE * 10_000
        ? new TensorRtVersion(code / 10_000, code / 100 % 100, code % 100)
        : new TensorRtVersion(code / 1000, code / 100 % 10, code % 100);
  }

  /// As `getInferLibVersion()` returns it.
  public int code() {
    return major >= WIDE_SINCE
        ? major * 10_000 + minor * 100 + patch
        : major * 1000 + minor * 100 + patch;
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
