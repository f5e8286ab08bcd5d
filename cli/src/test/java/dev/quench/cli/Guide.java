// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// The commands of a guide: those of its fenced blocks of shell.
///
/// @param text of the whole guide
public record Guide(String text) {
  private static final Pattern BLOCK =
      Pattern.compile("(?ms)^ *```(?:sh|bash)\n(.*?)^ *```$", Pattern.UNIX_LINES);

  /// The first line of a block that needs a GPU.
  private static final String NEEDS_GPU = "# on a machine with a GPU";

  /// @param needsGpu as its block says
  public record Step(String command, boolean needsGpu) {}

  public static Guide read(String name) throws IOException {
    return new Guide(Files.readString(Path.of("../docs").resolve(name)));
  }

  /// In order; lines that end with a backslash are one with the next.
  public List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    for (MatchResult block : BLOCK.matcher(text).results().toList()) {
      List<String> lines =
          block.group(1).replaceAll("\\\\\n *", "").lines().map(String::strip).toList();
      boolean needsGpu = lines.getFirst().equals(NEEDS_GPU);
      lines.stream()
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .forEach(line -> steps.add(new Step(line, needsGpu)));
    }
    return steps;
  }

  /// What remains outside of the fenced blocks.
  String prose() {
    return BLOCK.matcher(text).replaceAll("");
  }
}
