// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import dev.quench.run.Availability.Available;
import dev.quench.run.Availability.Unavailable;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The machine and the software of a measurement, as ordered text entries.
public record Environment(Map<String, String> facts) {
  public Environment {
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
  }

  /// Describes this machine now, including the availability of every backend.
  public static Environment current() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("command", CommandLineText.ofThisProcess());
    facts.put("quench", version());
    facts.put("java", System.getProperty("java.vendor") + " " + Runtime.version());
    facts.put(
        "os",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    facts.put("processor", processor());
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    for (Backend backend : Backends.all()) {
      facts.put(
          backend.name(),
          switch (backend.availability()) {
            case Available(String description) -> description;
            case Unavailable(String reason, String _) -> "not available: " + reason;
          });
    }
    return new Environment(facts);
  }

  /// Version of this library; `development` outside a jar.
  public static String version() {
    String version = Environment.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  /// The name of the processor, as far as the system tells it.
  public static String processor() {
    Path cpuInfo = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(cpuInfo)) {
      return "unknown";
    }
    try (Stream<String> lines = Files.lines(cpuInfo)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown (" + e.getMessage() + ")";
    }
  }

  /// A section of a page: heading and table.
  public String toHtml() {
    StringBuilder html =
        new StringBuilder("<h2>Environment</h2>\n<table class=\"facts\"><tbody>\n");
    facts.forEach((fact, text) ->
        html.append("<tr><td>")
            .append(Printable.escapeHtml(fact))
            .append("</td><td>")
            .append(words(text))
            .append("</td></tr>\n"));
    return html.append("</tbody></table>\n").toString();
  }

  /// Lines break between words, not inside an option at its hyphens.
  private static String words(String text) {
    return Arrays.stream(text.split(" ", -1))
        .map(word ->
            word.contains("-")
                ? "<span class=\"word\">" + Printable.escapeHtml(word) + "</span>"
                : Printable.escapeHtml(word))
        .collect(Collectors.joining(" "));
  }
}
