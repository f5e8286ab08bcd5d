// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds in TensorRT's log why a build found no kernels. TensorRT calls a kernel with its
/// parameters a tactic; a build fails if all tactics of a layer fail. Each failure has a separate
/// reason, which is logged long before the error and at a lower severity.
public final class TacticFailures {
  private static final Pattern NO_KERNEL =
      Pattern.compile("Could not find any implementation for node (.+?)(?:\\. In |\\.?\\)?$)");
  private static final Pattern SKIPPED = Pattern.compile("[Ss]kipping tactic.*? due to (.+)");
  private static final Pattern REFUSED_PTX =
      Pattern.compile(
          "UNSUPPORTED_PTX_VERSION|unsupported toolchain|error(?: code)?[ :=(]*222\\b",
          Pattern.CASE_INSENSITIVE);
  // Otherwise equal reasons differ in numbers.
  private static final Pattern NUMBER = Pattern.compile("0x[0-9a-f]+|\\d+");
  private static final int LONGEST_REASON = 200;

  private TacticFailures() {}

  /// Kernels that were skipped for one kind of reason.
  private record Skipped(String example, int count) {
    Skipped again() {
      return new Skipped(example, count + 1);
    }
  }

  /// Whether a message, of any severity, gives the reason why a kernel cannot be used.
  static boolean concerns(String message) {
    return message.contains("kipping tactic") || REFUSED_PTX.matcher(message).find();
  }

  /// The reason in one line; empty if the log has none.
  ///
  /// @param log errors and warnings
  /// @param skipped messages that [#concerns] selected
  public static Optional<String> reason(List<String> log, List<String> skipped) {
    Set<String> nodes = new LinkedHashSet<>();
    Map<String, Skipped> kinds = new LinkedHashMap<>();
    boolean refused = false;
    for (String line : log) {
      Matcher node = NO_KERNEL.matcher(line);
      if (node.find()) {
        nodes.add(node.group(1));
      }
      refused |= REFUSED_PTX.matcher(line).find();
    }
    for (String line : skipped) {
      refused |= REFUSED_PTX.matcher(line).find();
      Matcher why = SKIPPED.matcher(line);
      if (why.find()) {
        String kind = NUMBER.matcher(why.group(1)).replaceAll("#");
        kinds.merge(kind, new Skipped(why.group(1), 1), (first, _) -> first.again());
      }
    }
    List<String> parts = new ArrayList<>();
    if (!nodes.isEmpty()) {
      parts.add(
          "no kernel was found for node %s%s"
              .formatted(
                  nodes.iterator().next(),
                  nodes.size() == 1 ? "" : " and %d more".formatted(nodes.size() - 1)));
    }
    if (refused) {
      parts.add(
          "the driver refuses the PTX of TensorRT's kernels as too new (CUDA error 222,"
              + " CUDA_ERROR_UNSUPPORTED_PTX_VERSION)");
    }
    kinds.values().stream()
        .max(Comparator.comparingInt(Skipped::count))
        .ifPresent(most ->
            parts.add(
                "%d kernels were skipped, %d of them due to %s"
                    .formatted(
                        kinds.values().stream().mapToInt(Skipped::count).sum(),
                        most.count(),
                        cut(most.example()))));
    return parts.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", parts));
  }

  private static String cut(String text) {
    return text.length() <= LONGEST_REASON ? text : text.substring(0, LONGEST_REASON) + "…";
  }
}
